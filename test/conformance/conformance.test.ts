import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Judged, judgeCases } from './conformance.ts';
import { listNotPassed, NOT_PASSED } from './not-passed.ts';

describe("OPA's own conformance cases, by the gate's policy host", () => {
  let judged: readonly Judged[];
  beforeAll(async () => {
    judged = await judgeCases((line) => process.stderr.write(`${line}\n`));
  }, 600_000);
  const ofKind = (kind: string) => judged.filter(({ outcome }) => outcome.kind === kind);

  it('are all there', () => {
    expect(judged).toHaveLength(2392);
  });

  it('none has a wrong answer', () => {
    expect(ofKind('wrong')).toEqual([]);
  });

  it('at least 2,200 pass', () => {
    expect(ofKind('pass').length).toBeGreaterThanOrEqual(2200);
  });

  it('the others are those of the committed list, each for its reason', async () => {
    expect(listNotPassed(judged)).toBe(await readFile(NOT_PASSED, 'utf8'));
  });
});
