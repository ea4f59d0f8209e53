import { describe, expect, it } from 'vitest';
import { parseVerdict } from '../../src/decide/parse-verdict.ts';

const people = { kind: 'people', key: 'people', groups: ['sre'], quorum: 1, until: '' };
const allow = {
  outcome: 'allow',
  tier: 'B',
  environment: 'dev',
  reasons: [{ rule: 'level/table', message: 'level 4 may', fix: '' }],
  warnings: [{ rule: 'dry_run/hint', message: 'try it dry', fix: 'dryRun=All' }],
  holds: [],
  obligations: [
    { name: 'notify', params: { now: true } },
    { name: 'capture', params: {} },
  ],
};
const hold = { ...allow, outcome: 'hold', holds: [people] };
const deny = {
  ...allow,
  outcome: 'deny',
  advice: { level: 2, outcome: 'hold', holds: [people], obligations: [] },
};
const set = (verdict: unknown): unknown => [{ result: verdict }];

describe('a verdict of the contract is read as it is', () => {
  it.each([
    ['allow', allow, { ...allow, advice: undefined }],
    ['hold', hold, { ...hold, advice: undefined }],
    ['deny with advice', deny, deny],
    ['advice of null', { ...allow, advice: null }, { ...allow, advice: undefined }],
    ['deny that names holds', { ...hold, outcome: 'deny' }, { ...hold, outcome: 'deny', advice: undefined }],
    [
      'a window',
      { ...hold, holds: [{ ...people, kind: 'window', quorum: 0, until: '2026-03-02T09:00:00Z' }] },
      expect.anything(),
    ],
  ])('%s', (_, verdict, read) => {
    expect(parseVerdict(set(verdict))).toEqual(read);
  });
});

describe('nonsense is refused and named', () => {
  it.each([
    ['nothing', undefined, 'the decision is missing'],
    ['an undefined decision', [], 'the decision is []'],
    ['two results', [{ result: allow }, { result: allow }], 'expected exactly one result'],
    ['a bare verdict', allow, 'expected exactly one result'],
    ['a result without result', [{}], 'the result.result is missing'],
    ['a result with bindings', [{ result: allow, x: 1 }], 'the result.x is 1'],
    ['null', set(null), 'the decision is null'],
    ['a list', set([allow]), 'the decision is [{'],
    ['an unknown outcome', set({ ...allow, outcome: 'ALLOW' }), 'outcome is "ALLOW"'],
    ['an outcome that is a list', set({ ...allow, outcome: ['allow'] }), 'outcome is ["allow"]'],
    ['an unknown tier', set({ ...allow, tier: 'D' }), 'tier is "D"'],
    ['a missing field', set({ ...allow, warnings: undefined }), 'warnings is missing'],
    ['an extra field', set({ ...allow, outcome2: 'deny' }), 'the decision.outcome2 is "deny", expected no such field'],
    ['an environment that is no string', set({ ...allow, environment: 1 }), 'environment is 1, expected a string'],
    ['allow with holds', set({ ...allow, holds: [people] }), 'expected none, as the outcome is allow'],
    ['hold without holds', set({ ...hold, holds: [] }), 'expected at least one hold, as the outcome is hold'],
    ['a reason without fix', set({ ...allow, reasons: [{ rule: 'a/b', message: '' }] }), 'reasons[0].fix is missing'],
    [
      'a reason without rule',
      set({ ...allow, reasons: [{ rule: '', message: '', fix: '' }] }),
      'reasons[0].rule is ""',
    ],
    ['reasons that are no list', set({ ...allow, reasons: {} }), 'reasons is {}, expected a list'],
    ['too many reasons', set({ ...allow, reasons: Array(129).fill(allow.reasons[0]) }), 'reasons is 129'],
    [
      'an endless message',
      set({ ...allow, reasons: [{ rule: 'a/b', message: 'x'.repeat(4097), fix: '' }] }),
      'reasons[0].message',
    ],
    ['an unknown kind of hold', set({ ...hold, holds: [{ ...people, kind: 'cat' }] }), 'holds[0].kind is "cat"'],
    [
      'nobody',
      set({ ...hold, holds: [{ ...people, quorum: 0 }] }),
      'holds[0].quorum is 0, expected an integer of 1 to 100',
    ],
    ['half a person', set({ ...hold, holds: [{ ...people, quorum: 1.5 }] }), 'holds[0].quorum is 1.5'],
    ['a quorum in words', set({ ...hold, holds: [{ ...people, quorum: '2' }] }), 'holds[0].quorum is "2"'],
    ['a hold without key', set({ ...hold, holds: [{ ...people, key: '' }] }), 'holds[0].key is ""'],
    ['groups that are no list', set({ ...hold, holds: [{ ...people, groups: 'sre' }] }), 'holds[0].groups is "sre"'],
    ['a time that is none', set({ ...hold, holds: [{ ...people, until: 'soon' }] }), 'holds[0].until is "soon"'],
    [
      'an unknown obligation',
      set({ ...allow, obligations: [{ name: 'pray', params: {} }] }),
      'obligations[0].name is "pray"',
    ],
    ['an obligation by name alone', set({ ...allow, obligations: ['notify'] }), 'obligations[0] is "notify"'],
    [
      'a parameter nobody knows',
      set({ ...allow, obligations: [{ name: 'capture', params: { all: 1 } }] }),
      'params.all is 1',
    ],
    ['notify later', set({ ...allow, obligations: [{ name: 'notify', params: { now: 'no' } }] }), 'params.now is "no"'],
    ['advice of level 6', set({ ...deny, advice: { ...deny.advice, level: 6 } }), 'advice.level is 6'],
    ['advice to hold for nobody', set({ ...deny, advice: { ...deny.advice, holds: [] } }), 'advice.holds is []'],
    ['an inherited field', set(Object.create(allow)), 'the decision.outcome is missing'],
  ])('%s', (_, result, why) => {
    expect(() => parseVerdict(result)).toThrow(
      expect.objectContaining({ code: 'policy/nonsense', message: expect.stringContaining(why) }),
    );
  });
});
