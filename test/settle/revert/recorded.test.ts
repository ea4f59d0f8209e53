import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import type { DecisionRecord } from '../../../src/record/store.ts';
import { readRecorded } from '../../../src/settle/revert/recorded.ts';

const ACTION: JsonObject = {
  class: 'write',
  dry_run: false,
  way_back: { how: 'inverse', exact: true, captured: true },
};
const DECIDED: JsonObject = {
  time: '2030-01-15T12:00:00.000Z',
  did: 'allow',
  by: 'policy',
  call: { route: 'staging' },
  agent: { id: 'fixer', intent: 'i-1' },
  input: { action: ACTION },
  judgement: { verdict: { obligations: [{ name: 'capture', params: {} }] } },
  facts: { lost: ['uid'] },
};
const DONE: JsonObject = { state: 'answered', sent: true, status: 200 };

const record = (decided: JsonObject, outcome: JsonObject | undefined = DONE): DecisionRecord => ({
  ...{ id: 'd-1', seq: 7, asked: undefined, outcome },
  decided: { ...DECIDED, ...decided },
});
const acting = (action: JsonObject) => record({ input: { action: { ...ACTION, ...action } } });

describe('what the record says of a decision that is to be taken back', () => {
  it.each<[string, JsonObject | undefined]>([
    ['was done', DONE],
    ['may have been done', { state: 'lost' }],
    ['may have been done, by an upstream in trouble', { state: 'answered', status: 503 }],
    ['was cut on its way', { state: 'broken', status: null }],
  ])('can be planned when it %s', (_what, outcome) => {
    expect(readRecorded(record({}, outcome))).toEqual({
      kind: 'change',
      change: {
        ...{ id: 'd-1', route: 'staging', agent: 'fixer', intent: 'i-1', at: '2030-01-15T12:00:00.000Z' },
        ...{ how: 'inverse', exact: true, lost: ['uid'] },
      },
    });
  });

  it.each<[string, DecisionRecord, 'nothing' | 'impossible', RegExp]>([
    ['was denied', record({ did: 'deny' }), 'nothing', /not let through/],
    ['was held', record({ did: 'hold' }), 'nothing', /not let through/],
    ['is a revert', record({ reverts: { decision: 'd-0' } }), 'impossible', /takes another decision back itself/],
    ['read', acting({ class: 'sensitive_read' }), 'nothing', /only read/],
    ['ran dry', acting({ dry_run: true }), 'nothing', /dry run/],
    [
      'was turned into its dry run',
      record({ judgement: { verdict: { obligations: [{ name: 'as-dry-run', params: {} }] } } }),
      'nothing',
      /dry run/,
    ],
    ['was never sent', record({}, { state: 'not-sent', status: null }), 'nothing', /never sent/],
    ['was refused upstream', record({}, { ...DONE, status: 409 }), 'nothing', /it answered 409/],
    ['has not ended', { ...record({}), outcome: undefined }, 'impossible', /not ended yet/],
    ['needs no way back', acting({ way_back: { how: 'not_needed', exact: true } }), 'nothing', /needs no way back/],
    [
      'has none',
      acting({ way_back: { how: 'none', exact: false } }),
      'impossible',
      /^there is no way back: uid cannot be/,
    ],
    ['has none that is known', acting({ way_back: { how: 'unknown' } }), 'impossible', /no way back is known/],
    ['does not say how', acting({ way_back: 'x' }), 'impossible', /no way back is known/],
    ['says nothing of what it did', record({ input: null }), 'impossible', /does not say what it did/],
    ['says nothing of whose it was', record({ agent: null }), 'impossible', /does not say whose it was/],
  ])('is left alone when it %s', (_what, found, kind, why) => {
    expect(readRecorded(found)).toEqual({ kind, why: expect.stringMatching(why), lost: ['uid'] });
  });

  it('is one that ran in shadow, where no duty turned it into its dry run', () => {
    const judgement = { verdict: { obligations: [{ name: 'as-dry-run', params: {} }] } };
    expect(readRecorded(record({ by: 'shadow', judgement })).kind).toBe('change');
  });
});
