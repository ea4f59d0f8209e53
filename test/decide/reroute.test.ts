import { beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { type Evaluation, loadPolicy, type Policy } from '../../src/decide/policy.ts';
import { rerouteNatives } from '../../src/decide/reroute.ts';
import { casesOf, differencesFromOpa } from './ask-opa.ts';
import { buildPolicy, DENY, inputFor } from './rego-lab.ts';

const RULES = `
decision := object.union(${DENY}, {"environment": $"{json.unmarshal(input.call.body)}"})
`;

describe('a native function that answers otherwise than OPA', () => {
  let archive: Uint8Array;
  let policy: Policy;
  beforeAll(async () => {
    archive = await buildPolicy(RULES);
    policy = await loadPolicy(readBundle(archive));
  });

  function unmarshalled(text: string): Evaluation['result'] {
    const input = inputFor('x');
    const { result, fault } = policy.evaluate(JSON.stringify({ ...input, call: { ...input.call, body: text } }));
    expect(fault).toBeUndefined();
    return JSON.parse(JSON.stringify(result))[0].result.environment;
  }

  it.each([
    ['[1, 2]', '[1, 2]'],
    ['18446744073709551617', '18446744073709551617'],
    ['[1, 2] trailing', '<undefined>'],
    ['{"a": 1}{"a": 2}', '<undefined>'],
    ['[1,]', '<undefined>'],
    ['1e40000', '<undefined>'],
    ['', '<undefined>'],
  ])('json.unmarshal of %j is %s', (text, printed) => {
    expect(unmarshalled(text)).toBe(printed);
  });

  it('is changed in the module only where it is', () => {
    const { wasm } = readBundle(archive);
    const changed = rerouteNatives(wasm);
    expect(WebAssembly.validate(new Uint8Array(changed))).toBe(true);
    expect(Buffer.compare(rerouteNatives(changed), changed)).toBe(0);
    expect(WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(changed)))).toEqual(
      WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(wasm))),
    );
  });

  it('is left alone in what is no module', () => {
    const odd = new Uint8Array([0, 1, 2, 3]);
    expect(rerouteNatives(odd)).toBe(odd);
  });
});

const CASES = [
  ...casesOf(
    'json.unmarshal',
    [
      ...[
        '{"a": [1, 2.5, null, true, "x"]}',
        ' 1 ',
        '1 2',
        '',
        'nul',
        '"\\ud800"',
        '{"a": 1, "a": 2}',
        '[1,]',
        '01',
        '"\u0001"',
        '1e5',
      ],
      ...[
        '1e400',
        '1e30000',
        '1e40000',
        '-1e-40000',
        '0e99999',
        '123456789012345678901234567890',
        '1.0',
        '"\\u00e4"',
        '{"__proto__": 1}',
        ' { "a" : [ ] ,\n"b"\t:{ } } ',
      ],
    ].map((text) => [text]),
  ),
  ...casesOf('json.unmarshal', [[1], [null]]),
];

describe('what takes its place answers as the real OPA does', () => {
  it.each(['json.unmarshal'])('%s', async (name) => {
    const { differing, answered } = await differencesFromOpa(CASES.filter((one) => one.name === name));
    expect(differing.slice(0, 20)).toEqual([]);
    expect(answered).toBeGreaterThan(0);
  });
});
