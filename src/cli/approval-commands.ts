import type { Command } from 'commander';
import type { Json, JsonObject } from '../json.ts';
import { apiPath } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import { at, listAt, textAt } from './json-fields.ts';
import { type NameOf, readOperatorNames } from './operator-names.ts';
import { formatFields, formatTable } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

/** `approvals`: calls that wait for people. */
export function addApprovalCommands(program: Command, terminal: Terminal): void {
  const approvals = program.command('approvals').description('calls that wait for people or for a window');
  approvals
    .command('list')
    .description('what waits, oldest first')
    .action(async (_options: object, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const answer = await client.get('/v1/approvals');
      printResult(terminal, common.json, answer, formatTable(HEADINGS, listAt(answer, 'approvals').map(row)));
    });
  approvals
    .command('show')
    .description('one held call: the exact change, how far it reaches, who may decide')
    .argument('<id>', 'from `approvals list`')
    .action(async (id: string, _options: object, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const held = await client.get(apiPath('/v1/approvals', id));
      const text = common.json ? '' : describe(held, await readOperatorNames(client));
      printResult(terminal, common.json, held, text);
    });
  for (const [name, description] of DECISIONS) {
    approvals
      .command(name)
      .description(description)
      .argument('<ids...>', 'from `approvals list`; the calls of one command have the same GROUP there')
      .requiredOption('--why <text>', 'for those who read the log later')
      .action(async (ids: readonly string[], { why }: { readonly why: string }, command: Command) => {
        const [id = '', ...also] = ids;
        const common = commonOptions(command);
        const client = await openClient(terminal, common);
        const held = await client.post(`${apiPath('/v1/approvals', id)}/${name}`, { why, also });
        const rows = [held, ...listAt(held, 'also')].map(row);
        printResult(terminal, common.json, held, formatTable(HEADINGS, rows));
      });
  }
}

const DECISIONS = [
  ['approve', 'say yes: the call runs, once, when its agent sends it again unchanged'],
  ['deny', 'say no, which ends it at once'],
  ['cancel', 'take it off the list without deciding about it'],
] as const;

const HEADINGS = ['ID', 'STATE', 'AGENT', 'GROUP', 'ACTION', 'TARGET', 'ENVIRONMENT', 'NEEDS', 'UNTIL'];

function row(held: Json): readonly string[] {
  return [
    textAt(held, 'id'),
    textAt(held, 'state'),
    textAt(held, 'agent'),
    textAt(held, 'group').slice(0, 8) || '-',
    textAt(held, 'subject', 'action'),
    target(held),
    textAt(held, 'subject', 'environment'),
    needs(held).join('; ') || 'nothing more',
    textAt(held, 'state') === 'approved' ? textAt(held, 'runBy') : textAt(held, 'decideBy'),
  ];
}

function target(held: Json): string {
  const [namespace, name] = [textAt(held, 'subject', 'namespace'), textAt(held, 'subject', 'name')];
  return namespace === 'none' ? name : `${namespace}/${name}`;
}

function needs(held: Json): readonly string[] {
  return listAt(held, 'needs').map((need) => {
    if (textAt(need, 'kind') === 'window') return `window ${textAt(need, 'until')}`;
    if (textAt(need, 'kind') === 'evidence') return `evidence ${textAt(need, 'key')}`;
    const groups = listAt(need, 'groups').map(String).join(' or ') || 'an administrator';
    return `${textAt(need, 'missing')} of ${groups}`;
  });
}

function describe(held: JsonObject, names: NameOf): string {
  const subject = at(held, 'subject');
  const approvals = listAt(held, 'approvals').map(
    (each) => `${names(textAt(each, 'by'))}, ${textAt(each, 'at')}: ${textAt(each, 'why')}`,
  );
  const ended = at(held, 'ended');
  return formatFields([
    ['held call', `${textAt(held, 'id')} (${textAt(held, 'state')})`],
    ['agent', `${textAt(held, 'agent')}, level ${textAt(subject, 'level')}, owned by ${textAt(held, 'owner')}`],
    ['wants', `${textAt(subject, 'action')} on ${target(held)} (route ${textAt(held, 'route')})`],
    ['call', `${textAt(subject, 'method')} ${textAt(subject, 'path')}`],
    ['where', `${textAt(subject, 'environment')}, tier ${textAt(subject, 'tier')}`],
    ['reach', JSON.stringify(at(subject, 'blast'))],
    ['way back', wayBack(subject)],
    ['changes', listAt(subject, 'changes').map(change)],
    ['because', listAt(subject, 'reasons').map((each) => `${textAt(each, 'rule')}: ${textAt(each, 'message')}`)],
    ['it says', Object.entries(Object(at(subject, 'claims'))).flatMap(said)],
    ['approved', approvals.length === 0 ? 'by nobody yet' : approvals],
    ['needs', needs(held).length === 0 ? 'nothing more' : needs(held)],
    ['decide by', textAt(held, 'decideBy')],
    ['run by', textAt(held, 'runBy') || 'not approved yet'],
    ...(textAt(ended, 'at') === ''
      ? []
      : [['ended', `${textAt(ended, 'at')} by ${names(textAt(ended, 'by'))}: ${textAt(ended, 'why')}`] as const]),
    ['bound to', [`change ${textAt(held, 'digests', 'change')}`, `uid ${textAt(held, 'uid')}`]],
    ['policy', textAt(subject, 'bundle')],
  ]);
}

function wayBack(subject: Json | undefined): string {
  const lost = listAt(subject, 'lost').map(String);
  const without = lost.length === 0 ? '' : `, without ${lost.join(', ')}`;
  const how = textAt(subject, 'wayBack', 'how');
  return `${how === 'none' ? 'none: this cannot be undone' : how}${without}`;
}

function change(each: Json): string {
  return `${textAt(each, 'path') || '/'}: ${JSON.stringify(at(each, 'from'))} -> ${JSON.stringify(at(each, 'to'))}`;
}

function said([name, value]: [string, unknown]): readonly string[] {
  return value === 'unknown' ? [] : [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
}
