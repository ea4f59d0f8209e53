import { readFile } from 'node:fs/promises';
import { loadPolicy as loadPlain } from '@open-policy-agent/opa-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHostBuiltins } from '../../src/decide/builtins/registry.ts';
import { readBundle } from '../../src/decide/bundle.ts';
import { FUEL_EXPORT, MAX_FUEL, weaveFuel } from '../../src/decide/fuel.ts';
import type { PolicyInput } from '../../src/decide/input.ts';
import { createJudge } from '../../src/decide/judge.ts';
import { parseVerdict } from '../../src/decide/parse-verdict.ts';
import { DECISION, DEFAULT_FUEL, loadPolicy } from '../../src/decide/policy.ts';
import { buildPolicy, inputFor } from './rego-lab.ts';

const WORK = `decision := object.union(${'base'}, {"environment": json.marshal(work[input.action.name])})
base := {"outcome": "allow", "tier": "A", "reasons": [], "warnings": [], "holds": [], "obligations": []}
work.regex := regex.match("^(a|b)*c$", "ababc")
work.glob := glob.match("a*", [], "abc")
work.walk := count([1 | walk(input, [_, _])])
work.sums := sum([x | some x in numbers.range(1, 50); x % 3 == 0])
work.text := upper(concat("-", ["a", input.call.time]))
work.time := time.clock([time.parse_rfc3339_ns(input.call.time), "Europe/Berlin"])
work.data := [x | some x in data.list; x > 1]
`;
const NAMES = ['regex', 'glob', 'walk', 'sums', 'text', 'time', 'data', 'none'];

describe('a woven module', () => {
  let wasm: Uint8Array;
  let archive: Uint8Array;
  beforeAll(async () => {
    archive = await buildPolicy(WORK, '{"list": [1, 2, 3]}');
    wasm = readBundle(archive).wasm;
  });

  it('exports what it did and its fuel, and imports what it did', () => {
    const before = new WebAssembly.Module(new Uint8Array(wasm));
    const after = new WebAssembly.Module(weaveFuel(wasm));
    expect(WebAssembly.Module.exports(after)).toEqual([
      ...WebAssembly.Module.exports(before),
      { name: FUEL_EXPORT, kind: 'global' },
    ]);
    expect(WebAssembly.Module.imports(after)).toEqual(WebAssembly.Module.imports(before));
  });

  it('is the same every time', () => {
    expect(Buffer.compare(weaveFuel(wasm), weaveFuel(wasm))).toBe(0);
  });

  it('answers what the module answers without fuel', async () => {
    const inputs = NAMES.map((name) => inputFor(name));
    const { woven, plain } = await answers(archive, inputs);
    expect(woven).toEqual(plain);
    expect(new Set(plain.map((result) => JSON.stringify(result))).size).toBe(NAMES.length - 1); // regex and glob: true
  });

  it('uses the same fuel for the same input, in any order, in any instance', async () => {
    const one = await loadPolicy(readBundle(archive));
    const other = await loadPolicy(readBundle(archive));
    const first = NAMES.map((name) => one.evaluate(inputFor(name)).fuel);
    const again = NAMES.map((name) => one.evaluate(inputFor(name)).fuel);
    const backwards = NAMES.toReversed().map((name) => other.evaluate(inputFor(name)).fuel);
    expect(again).toEqual(first);
    expect(backwards.toReversed()).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(NAMES.length / 2);
  });

  it('stops on the unit: enough is enough, one less is not', async () => {
    const { fuel } = (await loadPolicy(readBundle(archive))).evaluate(inputFor('sums'));
    const enough = await loadPolicy(readBundle(archive), { fuel });
    const short = await loadPolicy(readBundle(archive), { fuel: fuel - 1 });
    expect(enough.evaluate(inputFor('sums')).fault).toBeUndefined();
    expect(short.evaluate(inputFor('sums')).fault?.code).toBe('policy/fuel');
  });
});

/** The results of a bundle through the gate and through the SDK alone. */
async function answers(
  archive: Uint8Array,
  inputs: readonly PolicyInput[],
): Promise<Record<'woven' | 'plain', unknown[]>> {
  const bundle = readBundle(archive);
  const woven = await loadPolicy(bundle);
  const builtins = createHostBuiltins(() => '2026-03-02T10:00:00.000Z');
  const plain = await loadPlain(new WebAssembly.Module(new Uint8Array(bundle.wasm)), { initial: 5 }, builtins);
  plain.setData(bundle.data);
  return {
    woven: inputs.map((input) => woven.evaluate(input).result),
    plain: inputs.map((input) => plain.evaluate(input, DECISION)),
  };
}

const COMMITTED = new URL('../../bundles/sallyport.tar.gz', import.meta.url);

describe('the committed bundle', () => {
  it('answers the same with fuel and without, on many inputs', async () => {
    const inputs = variations();
    const { woven, plain } = await answers(await readFile(COMMITTED), inputs);
    expect(woven).toEqual(plain);
    const outcomes = new Set(woven.map((result) => parseVerdict(result).outcome));
    expect(outcomes).toEqual(new Set(['allow', 'hold', 'deny']));
  });

  it('has fuel for its dearest verdict a hundred times over, and the same on every machine', async () => {
    const bundle = readBundle(await readFile(COMMITTED));
    const policy = await loadPolicy(bundle);
    const judge = createJudge(policy, { bundleDigest: bundle.contentDigest, revision: bundle.revision });
    const { verdict, fuel } = judge.judge(inputFor('kubernetes:pods:delete'));
    expect(verdict.outcome).toBe('deny');
    expect(fuel).toBeGreaterThan(1000);
    expect(fuel).toBeLessThan(DEFAULT_FUEL / 100);
    expect(judge.judge(inputFor('kubernetes:pods:delete')).fuel).toBe(fuel);
  });
});

/** Agents of every level that read, restart and delete, in and out of production, by day and by night. */
function variations(): PolicyInput[] {
  const base = inputFor('kubernetes:pods:get');
  const every = ['*'];
  const scope = {
    routes: every,
    environments: every,
    services: every,
    teams: every,
    namespaces: every,
    accounts: every,
    tools: every,
  };
  const blast = {
    known: true,
    objects: 1,
    replicas: 1,
    pods: 1,
    share: 0.1,
    namespaces: 1,
    scope: 'object',
    open: false,
  };
  return ['2026-03-03T10:00:00.000Z', '2026-03-07T23:00:00.000Z'].flatMap((time) =>
    [0, 1, 2, 3, 4, 5].flatMap((level) =>
      ['read', 'write', 'delete', 'authority'].flatMap((kind) =>
        ['dev', 'prod', 'unknown'].map((environment): PolicyInput => {
          const labels = { environment, service: 'shop', tier: 'none', team: 'none', regulated: 'none' };
          return {
            ...base,
            call: { ...base.call, time, body: 'none', surface: 'kubernetes', route: 'main' },
            agent: { ...base.agent, id: 'fixer', level, scope, expires: '2030-01-01T00:00:00Z' },
            action: {
              ...base.action,
              ...{ class: kind, verb: kind === 'read' ? 'get' : 'patch', resource: 'deployments.apps', dry_run: false },
              way_back: { how: 'inverse', exact: true, captured: true },
              change: { paths: ['/spec/replicas'], escalates: [] },
            },
            target: {
              ...base.target,
              namespace: 'shop',
              exists: true,
              labels: { route: labels, namespace: labels, object: labels },
            },
            blast,
            state: { ...base.state, can: ['notify', 'capture', 'as-dry-run'] },
          };
        }),
      ),
    ),
  );
}

// A module by hand: (func (export "f") <body>), with one page of memory.
function module(body: readonly number[], memory = true): Uint8Array {
  const section = (id: number, bytes: readonly number[]): number[] => [id, bytes.length, ...bytes];
  const code = [0, ...body, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [1, 0]),
    ...(memory ? section(5, [1, 0, 1]) : []),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, code.length, ...code]),
  ]);
}

function runWith(fuel: number, wasm: Uint8Array): number | string {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(weaveFuel(wasm)));
  const { f, [FUEL_EXPORT]: global } = exports;
  if (typeof f !== 'function' || !(global instanceof WebAssembly.Global)) throw new TypeError('not woven');
  global.value = fuel;
  try {
    f();
    return fuel - global.value;
  } catch (thrown) {
    return String(thrown);
  }
}

describe('what is charged', () => {
  const forever = [0x03, 0x40, 0x0c, 0x00, 0x0b]; // loop br 0 end
  const fill = (length: number): number[] => [0x41, 0, 0x41, 0, 0x41, ...s32(length), 0xfc, 0x0b, 0];
  const copy = (length: number): number[] => [0x41, 0, 0x41, 0, 0x41, ...s32(length), 0xfc, 0x0a, 0, 0];

  it.each([
    ['an empty function', [], 1],
    ['a loop that turns once', [0x03, 0x40, 0x0b], 2],
    ['a loop in a loop', [0x03, 0x40, 0x03, 0x40, 0x0b, 0x0b], 3],
    [
      'a block, an if and a branch table',
      [0x02, 0x40, 0x41, 0, 0x0e, 1, 0, 0, 0x0b, 0x41, 1, 0x04, 0x40, 0x05, 0x0b],
      1,
    ],
    ['2,048 instructions in a row', Array.from({ length: 2047 }, () => 0x01), 3],
    ['filling 64 KiB', fill(65_536), 65],
    ['copying 4 KiB', copy(4096), 5],
    ['growing memory', [0x41, 1, 0x40, 0, 0x1a], 1],
  ])('%s', (_, body, fuel) => {
    expect(runWith(1000, longModule(body))).toBe(fuel);
  });

  it.each([
    ['an endless loop', forever],
    ['endless recursion', [0x10, 0]],
    ['a fill that the fuel does not cover', fill(65_536)],
  ])('%s runs out', (_, body) => {
    expect(runWith(50, longModule(body))).toBe('RuntimeError: unreachable');
  });

  // Lengths above 127 need LEB128 in the sections around the body.
  function longModule(body: readonly number[]): Uint8Array {
    const code = [0, ...body, 0x0b];
    const inner = [1, ...u32(code.length), ...code];
    const head = module([]).slice(0, -(2 + 4));
    return Uint8Array.from([...head, 10, ...u32(inner.length), ...inner]);
  }
});

function u32(value: number): number[] {
  return value < 128 ? [value] : [(value & 0x7f) | 0x80, ...u32(value >>> 7)];
}
function s32(value: number): number[] {
  return value < 64 ? [value] : [(value & 0x7f) | 0x80, ...s32(value >>> 7)];
}

describe('what cannot be metered is refused', () => {
  it.each([
    ['an empty file', new Uint8Array(), 'it is truncated or fails validation'],
    ['something else', new TextEncoder().encode('not wasm at all'), 'it is truncated or fails validation'],
    ['a use of a global that is not there', module([0x23, 0, 0x1a]), 'it is truncated or fails validation'],
    ['vectors (SIMD)', module([0x41, 0, 0xfd, 0x0f, 0x1a]), 'instruction 0xfd at byte'],
    ['references', module([0xd0, 0x70, 0x1a]), 'instruction 0xd0 at byte'],
    ['tail calls', module([0x12, 0]), 'instruction 0x12 at byte'],
    ['memory.init and data.drop', withData(module([0xfc, 9, 0])), 'instruction 0xfc 9 at byte'],
  ])('%s', (_, wasm, why) => {
    expect(() => weaveFuel(wasm)).toThrow(
      expect.objectContaining({ code: 'bundle/invalid', message: expect.stringContaining(why) }),
    );
  });

  it('a module whose own export has the name of the fuel', () => {
    const wasm = module([]);
    const name = [...new TextEncoder().encode(FUEL_EXPORT)];
    const at = wasm.indexOf(7, 20);
    const exports = [1, name.length, ...name, 0, 0];
    const renamed = Uint8Array.from([...wasm.slice(0, at), 7, exports.length, ...exports, ...wasm.slice(at + 7)]);
    expect(WebAssembly.validate(renamed)).toBe(true);
    expect(() => weaveFuel(renamed)).toThrow(`is ${FUEL_EXPORT} taken?`);
  });

  it('no module can name the fuel before it is there', () => {
    const reading = module([0x41, ...s32(MAX_FUEL), 0x24, 0]);
    expect(() => weaveFuel(reading)).toThrow('it is truncated or fails validation');
  });

  function withData(wasm: Uint8Array): Uint8Array {
    const at = wasm.length - wasm.toReversed().indexOf(10) - 1;
    const code = wasm.lastIndexOf(10);
    return Uint8Array.from([...wasm.slice(0, Math.min(at, code)), 12, 1, 1, ...wasm.slice(code), 11, 4, 1, 1, 1, 0]);
  }
});
