import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import { productVersion } from '../product-version.ts';
import type { LogEvent } from '../record/store.ts';
import type { Closers } from './closers.ts';
import type { Policy } from './policy.ts';
import type { State } from './state.ts';

/** Start and stop are on the record too: a log that goes on without a stop tells of a crash. */
export async function recordLife(
  state: State,
  policy: Policy,
  now: () => Date,
  logger: Logger,
  closers: Closers,
): Promise<void> {
  const { bundles } = policy;
  const bundleNow = () => {
    if (!bundles.isLoaded) return null;
    const { bundleDigest: digest, revision } = bundles.current.judge;
    return { digest, revision };
  };
  const event = (what: string): LogEvent => ({
    kind: 'gate',
    id: randomUUID(),
    time: now().toISOString(),
    body: {
      what,
      version: productVersion(),
      bundle: bundleNow(),
      lost: state.lost.length,
    },
  });
  await state.store.append(event('started'));
  closers.add(async () => {
    try {
      await state.store.append(event('stopping'));
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'the stop could not be recorded');
    }
  });
}
