import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { approvalLinks } from '../../src/operate/approval-links.ts';
import { Closers } from '../../src/serve/closers.ts';
import { openNotifier } from '../../src/serve/notify.ts';
import { MemoryStore } from '../identify/memory-store.ts';
import { temporaryFolder } from '../record/places.ts';

const HOOK = '{name: hooks, kind: webhook, url: "http://127.0.0.1:9/x", secret: a-secret-of-24-characters-}';

/** What a gate does with these targets: who listens to its events, and what is in its outbox after the start. */
async function opened(targets: string) {
  const folder = await temporaryFolder();
  const file = join(folder, 'sallyport.yaml');
  writeFileSync(
    file,
    `notify: {targets: [${targets}]}\nroutes: [{name: a, surface: kubernetes, at: /kube/a, upstream: in-cluster}]\n`,
  );
  const store = new MemoryStore();
  const closers = new Closers();
  let listeners = 0;
  const state = {
    ...{ store, access: { list: () => [] }, origin: { value: 'https://gate' } },
    links: approvalLinks(Buffer.alloc(32), () => 'https://gate'),
    onRecorded: () => {
      listeners += 1;
    },
  };
  const sources = { now: () => new Date(), newId: () => 'id' };
  await openNotifier(readConfig(file), state, sources, pino({ level: 'silent' }), closers);
  if (targets !== '') await expect.poll(() => store.list('outbox')).not.toEqual([]);
  await closers.close();
  return [listeners, (await store.list('outbox')).map(({ id }) => id)];
}

it('runs nothing where nobody is to be told', async () => {
  expect(await opened('')).toEqual([0, []]);
});

it('listens once for all targets', async () => {
  expect(await opened(`${HOOK}, ${HOOK.replace('hooks', 'others')}`)).toEqual([1, ['head']]);
});
