import type { Notice } from '../../../src/operate/notify/notice.ts';

/** A notice of a held call, as people get most of them. */
export const NOTICE: Notice = {
  ...{ id: 'event-1', kind: 'hold.opened', time: '2030-01-15T12:00:00.000Z', severity: 'warning' },
  ...{ title: 'bot waits for approval: delete shop/web', text: 'Tier C needs two people.' },
  facts: [
    { name: 'Agent', value: 'bot, level 2' },
    { name: 'Environment', value: 'prod' },
  ],
  links: [{ name: 'Open', url: 'https://gate.example.com/approvals/h1?k=1.x' }],
  alert: { key: 'hold:h1', action: 'trigger' },
  ...{ groups: ['sre'], environments: ['prod'], about: { hold: 'h1', agent: 'bot' } },
};

/** Text of somebody who wants to be read as something else. */
export const HOSTILE = [
  '<!channel> <@U012AB3CD> <https://evil.example/|Approve> &amp; *bold* _it_ ~no~ `code` > quote',
  '"},{"type":"section"} \\" \\u003c!here\\u003e',
  'x\r\nBcc: victim@example.com\r\n\r\n<html><script>alert(1)</script>',
  '=?utf-8?Q?x=0D=0ABcc:_victim@example.com?=',
  '\u202egnp.exe \u0000\u0007\u2028',
  '\ud800 lone',
].join(' ');
