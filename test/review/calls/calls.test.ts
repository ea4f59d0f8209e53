import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/decide/bundle.ts';
import type { Judge } from '../../../src/decide/judge.ts';
import { canonicalJson, isObject, type JsonObject } from '../../../src/json.ts';
import { verdictJson } from '../../../src/record/case-events.ts';
import type { Call, Unusable } from '../../../src/review/calls/call.ts';
import { compareCalls } from '../../../src/review/calls/compare-calls.ts';
import { readCalls } from '../../../src/review/calls/read-calls.ts';
import { probeInput } from '../../../src/review/probes/probe-input.ts';
import { judgeOfBundle } from '../../../src/review/read-bundle-file.ts';
import { COMMITTED, everybodyIs, TIME, tamperedBundle } from '../review-lab.ts';

let folder: string;
let shipped: Judge;
let lax: Judge;

const write = (level: number) => probeInput({ class: 'write', level, environment: 'dev', time: TIME }, {});
const remove = (level: number) => probeInput({ class: 'delete', level, environment: 'prod', time: TIME }, {});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-calls-'));
  shipped = await judgeOfBundle(readBundle(await readFile(COMMITTED)));
  lax = await judgeOfBundle(await tamperedBundle(everybodyIs('4')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(...lines: readonly string[]): Promise<string> {
  const name = join(folder, `${lines.length}-${Math.abs(lines.join().length)}.jsonl`);
  await writeFile(name, lines.join('\n'));
  return name;
}

async function all(path: string): Promise<readonly (Call | Unusable)[]> {
  const found: (Call | Unusable)[] = [];
  for await (const call of readCalls(path)) found.push(call);
  return found;
}

/** A decision as the operations API gives it. */
function decision(id: string, input: JsonObject, judge: Judge): JsonObject {
  const { verdict, fuel, bundleDigest: digest, revision } = judge.judge(canonicalJson(input));
  const judgement = { verdict: verdictJson(verdict), fuel, bundle: { digest, revision }, fault: null };
  return { id, decided: { input, judgement, request: null } };
}

describe('a file of calls', () => {
  it('has inputs, decisions, pages of decisions and leaves of the log, and empty lines', async () => {
    const one = decision('d1', write(3), shipped);
    const { decided } = one;
    if (!isObject(decided)) throw new Error('no decision');
    const path = await file(
      JSON.stringify(write(1)),
      '',
      JSON.stringify(one),
      JSON.stringify({ decisions: [one, { ...one, id: 'd2' }], next: null }),
      `${JSON.stringify({ v: 1, kind: 'decided', id: 'd3', ...decided })}\r`,
      JSON.stringify({ id: 'd4', decided: { input: null, judgement: null, request: null } }),
      JSON.stringify({ id: 'd5', decided: { ...decided, input: null } }),
    );
    expect((await all(path)).map((call) => ('input' in call ? [call.name, call.recorded?.revision] : call))).toEqual([
      [`${path}:1`, undefined],
      ['d1', shipped.revision],
      ['d1', shipped.revision],
      ['d2', shipped.revision],
      ['d3', shipped.revision],
      { name: 'd4', why: 'the gate itself refused it: no policy was asked', neverJudged: true },
      { name: 'd5', why: 'its input is not on the record', neverJudged: false },
    ]);
  });

  it.each([
    ['text', 'hello', /:2: it is not JSON/],
    ['a list', '[]', /:2: it is not a JSON object/],
    ['a key twice', '{"version":1,"version":1}', /:2: it is not JSON/],
    [
      'something else',
      '{"a":1}',
      /:2: neither a decision nor a policy input: input must have required property 'version'/,
    ],
    [
      'half an input',
      JSON.stringify({ ...write(1), action: {} }),
      /:2: neither a decision nor a policy input: input\.action must have/,
    ],
    [
      'an input with more than there is',
      JSON.stringify({ ...write(1), odd: 1 }),
      /:2: neither .* additional properties/,
    ],
  ])('with %s on a line is refused with that line', async (_, line, message) => {
    const path = await file(JSON.stringify(write(1)), line);
    await expect(all(path)).rejects.toMatchObject({ code: 'usage/invalid' });
    await expect(all(path)).rejects.toThrow(message);
  });

  it('that is empty, or not there, is refused', async () => {
    await expect(all(await file())).rejects.toThrow('it is empty');
    await expect(all(join(folder, 'nowhere.jsonl'))).rejects.toThrow(/nowhere\.jsonl: it cannot be read/);
  });
});

describe('calls whose verdict flips', () => {
  async function* given(...calls: readonly Call[]): AsyncGenerator<Call> {
    yield* calls;
  }
  const named = (name: string, input: JsonObject): Call => ({ name, input, recorded: undefined });

  it('are gathered, more permissive ones first, the furthest before the others', async () => {
    const report = await compareCalls({
      source: 'a test',
      calls: given(
        named('w2', write(2)),
        named('w0', write(0)),
        named('w1', write(1)),
        named('w4', write(4)),
        named('r5', remove(5)),
      ),
      judge: lax,
      old: shipped,
      onRule: () => {},
    });
    expect(report).toMatchObject({
      judged: 5,
      alone: 0,
      same: 2,
      against: `revision ${shipped.revision}`,
      unusable: [],
    });
    expect(
      report.flips.map(({ direction, from, to, calls, examples }) => ({ direction, from, to, calls, examples })),
    ).toEqual([
      { direction: 'looser', from: 'deny', to: 'allow', calls: 2, examples: ['w0', 'w1'] },
      { direction: 'looser', from: 'hold', to: 'allow', calls: 1, examples: ['w2'] },
    ]);
    expect(report.flips[0]).toMatchObject({
      action: 'kubernetes:deployments.apps:patch',
      environment: 'dev',
      rules: ['level/table'],
    });
  });

  it('are stricter the other way round', async () => {
    const report = await compareCalls({
      source: 'a test',
      calls: given(named('w0', write(0))),
      judge: shipped,
      old: lax,
      onRule: () => {},
    });
    expect(report.flips).toMatchObject([{ direction: 'stricter', from: 'allow', to: 'deny', calls: 1 }]);
  });

  it('are compared with the record where there is no other bundle, and named when there is nothing to compare with', async () => {
    const path = await file(
      JSON.stringify(decision('d1', write(1), shipped)),
      JSON.stringify(write(2)),
      JSON.stringify(decision('d3', write(4), shipped)),
    );
    const said = new Set<string>();
    const report = await compareCalls({
      source: path,
      calls: readCalls(path),
      judge: lax,
      old: undefined,
      onRule: (rule) => said.add(rule),
    });
    expect(report).toMatchObject({ judged: 3, alone: 1, same: 1, against: 'what is on the record' });
    expect(report.flips).toMatchObject([{ direction: 'looser', from: 'deny', to: 'allow', examples: ['d1'] }]);
    expect([...said]).toContain('level/table');
  });
});
