import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { callGate, EXEC, hangUp, type TRIES, upgradeHead } from './stream-lab.ts';

const clock = { ahead: 0 };
let upstream: RecordingUpstream;
let lab: GateLab;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url }, now: () => new Date(Date.now() + clock.ahead) });
});
afterAll(async () => {
  hangUp();
  await lab.close();
  await upstream.close();
});
beforeEach(() => {
  clock.ahead = 0;
  upstream.forget();
});

type Try = readonly [by: keyof typeof TRIES, path?: string];

/** Asks for streams one after the other; the answers' decisions, statuses and messages. */
async function ask(token: string, tries: readonly Try[]) {
  const answers = [];
  for (const [by, path] of tries) {
    const caller = await callGate(lab, upgradeHead(token, by, path));
    caller.socket.end();
    const { message } = JSON.parse(await caller.body());
    answers.push({ id: caller.headers.get('sallyport-decision'), status: caller.status, message });
  }
  return answers;
}

const decisionsOf = async (agent: string) => (await lab.decisions(`?agent=${agent}&limit=100`)).length;
const OTHER = EXEC.replace('command=sh', 'command=bash');

describe('kubectl’s second try', () => {
  it('over SPDY, after a denial over a WebSocket, is the same decision with the same answer', async () => {
    const { id, token } = await lab.agent({ level: 1 });
    const [first, second] = await ask(token, [['websocket'], ['spdy']]);
    expect(first).toMatchObject({ status: 403, message: expect.stringContaining('level/table: ') });
    expect(second).toEqual(first);
    expect(await decisionsOf(id)).toBe(1);
    expect(upstream.reached.filter(({ headers }) => headers.upgrade !== undefined)).toEqual([]);
  });

  it.each<[string, number, object]>([
    ['what is held', 2, {}],
    ['what a guard denies', 3, { scope: { namespaces: ['elsewhere'] } }],
  ])('is the same decision for %s', async (_what, level, more) => {
    const { id, token } = await lab.agent({ level, ...more });
    const [first, second] = await ask(token, [['websocket'], ['spdy']]);
    expect(first?.status).toBe(403);
    expect(second).toEqual(first);
    expect(await decisionsOf(id)).toBe(1);
  });

  it.each<[string, readonly Try[], number]>([
    ['a third try', [['websocket'], ['spdy'], ['spdy']], 2],
    ['the same again and again', [['websocket'], ['spdy'], ['websocket'], ['spdy']], 2],
    ['another command', [['websocket'], ['spdy', OTHER]], 2],
    ['another pod', [['websocket'], ['spdy', EXEC.replace('/web/', '/db/')]], 2],
    ['another subresource', [['websocket'], ['spdy', EXEC.replace('/exec', '/attach')]], 2],
    ['SPDY first', [['spdy'], ['websocket']], 2],
    ['SPDY twice', [['spdy'], ['spdy']], 2],
    ['a WebSocket twice', [['websocket'], ['websocket']], 2],
  ])('is none, and a decision of its own: %s', async (_what, tries, decisions) => {
    const { id, token } = await lab.agent({ level: 1 });
    const answers = await ask(token, tries);
    expect(answers.map(({ status }) => status)).toEqual(tries.map(() => 403));
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(decisions);
    expect(await decisionsOf(id)).toBe(decisions);
  });

  it('is none of another agent', async () => {
    const agents = [await lab.agent({ level: 1 }), await lab.agent({ level: 1 })];
    const [mine, yours] = agents;
    const [first] = await ask(mine?.token ?? '', [['websocket']]);
    const [second] = await ask(yours?.token ?? '', [['spdy']]);
    expect(second?.id).not.toBe(first?.id);
  });

  it('is none when it comes too late', async () => {
    const { id, token } = await lab.agent({ level: 1 });
    await ask(token, [['websocket']]);
    clock.ahead = 6_000;
    await ask(token, [['spdy']]);
    expect(await decisionsOf(id)).toBe(2);
  });
});
