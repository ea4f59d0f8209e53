import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { MAY_SELECT_BY_NUMBER, selectionsByNumber } from '../../src/review/number-keys.ts';
import { inFolder, opa } from '../decide/rego-lab.ts';

const DATA = { nested: { 2: 'bar', deep: { x: { 7: 1 } } }, list: [{ 3: 1 }, { 4: 1 }], 5: 'top' };

async function selections(rule: string): Promise<readonly string[]> {
  const source = `package p\n\nimport rego.v1\nimport data.nested as n\nimport data.nested.deep\n\n${rule}\n`;
  return inFolder({ 'p.rego': source }, async (folder) => {
    const ast: Json = JSON.parse(await opa(['parse', '--format', 'json', `${folder}/p.rego`]));
    return MAY_SELECT_BY_NUMBER.test(source) ? selectionsByNumber(ast, DATA) : [];
  });
}

describe('a member of data that is selected by a number', () => {
  it.each([
    ['p := data.nested[2]', ['data.nested[2]']],
    ['p := data[5]', ['data[5]']],
    ['p := n[2]', ['data.nested[2]']],
    ['p := deep.x[7]', ['data.nested.deep.x[7]']],
    ['p := data.nested.deep[input.k][7]', ['data.nested.deep[_][7]']],
    ['p contains x if some x in [data.list[0][3]]', ['data.list[0][3]']],
  ])('is found: %s', async (rule, found) => {
    expect(await selections(rule)).toEqual(found);
  });

  it.each([
    'p := data.nested["2"]',
    'p := data.list[0]',
    'p := data.list[1][3]',
    'p := data.nested[9]',
    'p := input.nested[2]',
    'p := x[2] if x := data.nested',
  ])('is not seen in %s', async (rule) => {
    expect(await selections(rule)).toEqual([]);
  });
});
