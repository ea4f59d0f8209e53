import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Sources } from '../identify/sources.ts';
import { PATIENCE } from '../operate/notify/lane.ts';
import { Notifier } from '../operate/notify/notifier.ts';
import type { Teller } from '../operate/notify/telling/change.ts';
import { systemClock } from './bundle-source/clock.ts';
import type { Closers } from './closers.ts';
import { publicOrigin, type State } from './state.ts';

/** What notices are made from. */
type Told = Pick<State, 'store' | 'links' | 'origin' | 'onRecorded'> & {
  readonly access: Pick<State['access'], 'list'>;
};

/** Begins to tell the configured targets; where there is none nothing runs, and events are looked at by nobody. */
export async function openNotifier(
  config: Config,
  state: Told,
  sources: Sources,
  logger: Logger,
  closers: Closers,
): Promise<void> {
  const { digest, targets } = config.notify;
  if (targets.length === 0) return;
  const { store } = state;
  // Not read by those who tell nobody: the library for e-mail is large.
  const { openTarget } = await import('../operate/notify/targets/open-target.ts');
  const notifier = await Notifier.open({
    ...{ store, sources, digest, patience: PATIENCE },
    clock: systemClock(sources.now),
    targets: targets.map((target) => openTarget(target, sources.now)),
    teller: tellerOf(state, publicOrigin(config) !== undefined),
    // A gate is told apart from others on its store by where it keeps its state.
    holder: createHash('sha256').update(`${hostname()}\n${config.state}`).digest('hex').slice(0, 32),
    report: (error) => logger.error({ error }, 'notices are late: the outbox could not be used'),
  });
  state.onRecorded((event, seq) => notifier.told(event, seq));
  notifier.start();
  closers.add(() => notifier.close());
}

/** Links are of use only where an operator has said how people reach these pages. */
function tellerOf({ access, links, origin }: Told, isReachable: boolean): Teller {
  return {
    named: (text) => access.list().reduce((told, { id, name }) => told.replaceAll(id, name), text),
    page: (page, id, until) => {
      if (!isReachable) return undefined;
      if (page === 'overview') return `${origin.value}/`;
      if (page === 'approvals' && until !== '') return links.approvalLink(id, until);
      return `${origin.value}/${page}/${encodeURIComponent(id)}`;
    },
  };
}
