import { expect, it } from 'vitest';
import { approvalLinks } from '../../src/operate/approval-links.ts';

const links = approvalLinks(new Uint8Array(32).fill(7), () => 'https://gate.example');
const UNTIL = '2026-06-01T12:00:00.000Z';
const kOf = (link: string) => new URL(link).searchParams.get('k') ?? '';
const k = kOf(links.approvalLink('hold-1', UNTIL));
const [expires = '', signature = ''] = k.split('.');
const later = (Date.parse(UNTIL) + 1).toString(36);

it('a link names its call and is good until its time', () => {
  expect(links.approvalLink('hold-1', UNTIL)).toMatch(
    /^https:\/\/gate\.example\/approvals\/hold-1\?k=[0-9a-z]+\.[\w-]{43}$/,
  );
  expect(links.check('hold-1', k, new Date(Date.parse(UNTIL) - 1))).toBe('good');
  expect(links.check('hold-1', k, new Date(UNTIL))).toBe('expired');
  expect(links.check('hold-1', undefined, new Date(UNTIL))).toBe('none');
});

it.each([
  ['of another call', 'hold-2', k],
  ['with a longer life', 'hold-1', `${later}.${signature}`],
  ['with another signature', 'hold-1', `${expires}.${'A'.repeat(43)}`],
  ['without a signature', 'hold-1', `${expires}.`],
  ['that is empty', 'hold-1', ''],
  ['with something behind it', 'hold-1', `${k}A`],
  ['with the time in capitals', 'hold-1', `${expires.toUpperCase()}.${signature}`],
  [
    'by another gate',
    'hold-1',
    kOf(approvalLinks(new Uint8Array(32), () => 'https://gate.example').approvalLink('hold-1', UNTIL)),
  ],
])('a link %s is tampered with', (_name, hold, given) => {
  expect(links.check(hold, given, new Date(0))).toBe('tampered');
});
