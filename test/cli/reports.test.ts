import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incident } from '../operate/report/incident.ts';
import { type CliLab, openCliLab } from './cli-lab.ts';

let lab: CliLab;
beforeAll(async () => {
  lab = await openCliLab();
  for (const event of incident()) await lab.operations.store.append(event);
});
afterAll(() => lab.close());

const WEEK = ['--from', '2026-11-16T00:00:00Z', '--to', '2026-11-23T00:00:00Z'];

describe('report', () => {
  it('handoff prints the package of an intent, as Markdown unless told otherwise', async () => {
    const { code, out, err } = await lab.run('viewer', 'report', 'handoff', 'i-1');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^# Handoff of INC-7\n/);
    expect(out).toContain('## What to do next\n\n1. Find out whether what was frozen may go on');
    const json = await lab.run('viewer', 'report', 'handoff', 'i-1', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ intent: 'i-1', agent: 'fixer', state: 'handed-over' });
  });

  it('weekly writes a page, or prints numbers', async () => {
    const file = join(lab.folder, 'week.html');
    const written = await lab.run('viewer', 'report', 'weekly', ...WEEK, '--format', 'html', '--out', file);
    expect(written).toEqual({ code: 0, out: '', err: `written to ${file}\n` });
    expect(await readFile(file, 'utf8')).toMatch(
      /^<!doctype html>[\s\S]*<h1>Review of all agents, 2026-11-16 to 2026-11-22<\/h1>/,
    );
    const json = await lab.run('viewer', 'report', 'weekly', '--agent', 'fixer', ...WEEK, '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      agent: 'fixer',
      week: { decisions: { allow: 2, hold: 1, deny: 1 }, stops: [{ name: 'unverified-agent', count: 1 }] },
    });
  });

  it.each([
    [['handoff', 'i-9'], 1, 'sallyport: the record has nothing of an intent "i-9"'],
    [['handoff'], 2, 'sallyport: name an intent, or --agent with a span of time'],
    [['handoff', 'i-1', '--from', '7d'], 2, 'sallyport: --from and --to go with --agent: an intent has its own span'],
    [['weekly', '--format', 'pdf'], 2, 'sallyport: --format: "pdf" is not a format'],
    [['weekly', '--from', 'yesterday'], 2, 'sallyport: --from: "yesterday" is not a time'],
    [
      ['weekly', '--from', '2026-01-01T00:00:00Z', '--to', '2026-12-01T00:00:00Z'],
      2,
      'sallyport: query.from must be before query.to, and no more than 92 days',
    ],
  ])('%j is refused', async (args, code, said) => {
    const ended = await lab.run('viewer', 'report', ...args);
    expect([ended.code, ended.out, ended.err.split('\n')[0]]).toEqual([code, '', said]);
  });
});

it('agent show tells who granted the authority, what limits it, and how that is reconstructed', async () => {
  const { registry } = lab.operations.parts;
  await registry.add({ id: 'mender', team: 'sre', owner: 'ana' }, lab.operations.ids.administrator, 'a trial');
  const raised = await lab.run('operator', 'agent', 'level', 'mender', '2', '--why', 'it did well');
  expect([raised.code, raised.err]).toEqual([0, '']);
  const { out } = await lab.run('viewer', 'agent', 'show', 'mender');
  const [admin, operator] = [lab.operations.ids.administrator, lab.operations.ids.operator];
  const account = out.slice(out.indexOf('who granted')).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then');
  expect(account.replaceAll(/leaf \d+/g, 'leaf n')).toBe(
    [
      `who granted the authority: Test administrator (${admin}), then: a trial`,
      `  its level:               then level 1, by Test administrator (${admin}): a trial`,
      `                           then level 1 to 2, by Test operator (${operator}): it did well`,
      'what limits it:            level 2, since then',
      `how is it reconstructed:   leaf n, then: agent.added by Test administrator (${admin}): a trial`,
      `                           leaf n, then: agent.promoted by Test operator (${operator}): it did well`,
      '  what it did:             sallyport decisions list --agent mender',
      '',
    ].join('\n'),
  );
});
