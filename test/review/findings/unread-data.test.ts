import { describe, expect, it } from 'vitest';
import { unreadData } from '../../../src/review/findings/unread-data.ts';

const DATA = {
  settings: { windows: { default: 'open', old: { a: 1 } }, runbooks: { restart: { owner: 'ana' } }, list: [1] },
};

describe('data that no rule reads', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['is everything where nothing is read', [], ['settings']],
    ['is nothing where all is read', ['data'], []],
    ['is nothing below a lookup by value', ['data.settings'], []],
    [
      'is what stands beside what is read',
      ['data.settings.windows.default'],
      ['settings.windows.old', 'settings.runbooks', 'settings.list'],
    ],
    [
      'is not what is read through a member',
      ['data.settings.windows.old.a', 'data.settings.runbooks', 'data.settings.list.0'],
      ['settings.windows.default'],
    ],
    ['is not what has the name of something else that is read', ['data.windows', 'input.settings'], ['settings']],
  ])('%s', (_, reads, unread) => {
    const found = unreadData(
      DATA,
      reads.map((path) => path.split('.')),
    );
    expect(found.map(({ message }) => message)).toEqual(
      unread.map((path) => `no rule reads data.${path}: whatever it says changes nothing`),
    );
  });

  it('does not name the list of rules and the schemas, which are for people', () => {
    const data = { settings: { manifest: { rules: {}, schemas: {}, index: {}, other: {} } } };
    const found = unreadData(data, [['data', 'settings', 'manifest', 'index']]);
    expect(found.map(({ message }) => message)).toEqual([
      'no rule reads data.settings.manifest.other: whatever it says changes nothing',
    ]);
  });
});
