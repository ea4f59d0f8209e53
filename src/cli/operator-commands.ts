import { join } from 'node:path';
import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import { readPrivateFile, replacePrivateFile } from '../identify/private-file.ts';
import type { Json } from '../json.ts';
import { apiPath } from '../operate/client.ts';
import { clientOf, commonOptions, type GateAddress, gateAddress, openClient, tokenFile } from './context.ts';
import { parseDuration } from './duration.ts';
import { listAt, textAt } from './json-fields.ts';
import { formatFields, formatTable } from './table.ts';
import { printNote, printResult, type Terminal } from './terminal.ts';

interface AddOptions {
  readonly role: string;
  readonly group: readonly string[];
  readonly ttl?: string;
}

/** `operator`: the people and programs who run the gate. */
export function addOperatorCommands(program: Command, terminal: Terminal): void {
  const operator = program.command('operator').description('the people and programs who run the gate');
  addBootstrap(operator, terminal);
  operator
    .command('add')
    .description('add an operator; the token is printed this once')
    .argument('<name>')
    .requiredOption('--role <role>', 'viewer, approver, operator or administrator')
    .option('--group <name>', 'a group whose holds an approver or operator decides; repeat for more', collect, [])
    .option('--ttl <duration>', 'how long the token lives (default: 90d)')
    .action(async (name: string, options: AddOptions, command: Command) => {
      const common = commonOptions(command);
      const { role, group, ttl } = options;
      const client = await openClient(terminal, common);
      const added = await client.post('/v1/operators', {
        name,
        role,
        groups: group,
        ...(ttl === undefined ? {} : { ttlSeconds: parseDuration('--ttl', ttl) }),
      });
      printNote(
        terminal,
        `${role} ${name}, id ${textAt(added, 'operator', 'id')}, until ${textAt(added, 'operator', 'expires')}`,
      );
      printResult(terminal, common.json, added, `${textAt(added, 'token')}\n`);
    });
  operator
    .command('list')
    .description('all operators, revoked ones too')
    .action(async (_options: object, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const answer = await client.get('/v1/operators');
      const rows = listAt(answer, 'operators').map((each) => operatorRow(each, terminal.now()));
      printResult(terminal, common.json, answer, formatTable(['ID', 'NAME', 'ROLE', 'GROUPS', 'STATUS'], rows));
    });
  operator
    .command('revoke')
    .description('end an operator’s access at once')
    .argument('<id>', 'from `operator list`')
    .action(async (id: string, _options: object, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const revoked = await client.post(`${apiPath('/v1/operators', id)}/revoke`);
      printResult(terminal, common.json, revoked, `${textAt(revoked, 'name')} (${id}) is revoked\n`);
    });
}

function addBootstrap(operator: Command, terminal: Terminal): void {
  operator
    .command('bootstrap')
    .description('make the first administrator, where the gate runs; the token goes to the state folder')
    .option('--name <name>', 'who it is', 'administrator')
    .action(async (options: { readonly name: string }, command: Command) => {
      const common = commonOptions(command);
      const gate = await gateAddress(terminal, common);
      const secret = await readSecret(gate);
      const client = await clientOf(gate, undefined, 'the bootstrap secret');
      const added = await client.post('/v1/operators/bootstrap', { secret, name: options.name });
      const file = tokenFile(gate);
      await replacePrivateFile(file, `${textAt(added, 'token')}\n`);
      const text = formatFields([
        ['operator', `${options.name}, administrator`],
        ['id', textAt(added, 'operator', 'id')],
        ['expires', textAt(added, 'operator', 'expires')],
        ['token', `in ${file}`],
      ]);
      printResult(terminal, common.json, { operator: added.operator ?? null, tokenFile: file }, text);
    });
}

async function readSecret(gate: GateAddress): Promise<string> {
  const file = join(gate.state, 'bootstrap-secret');
  const secret = await readPrivateFile(file);
  if (secret !== undefined) return secret.trim();
  throw new SallyportError(
    'operator/unauthorized',
    `${file} is not there: there is an operator already, or no gate ran here`,
    {
      fix: 'ask an administrator for a token (sallyport operator add), or start the gate once',
    },
  );
}

function operatorRow(operator: Json, now: Date): readonly string[] {
  const revoked = textAt(operator, 'revokedAt');
  const expires = textAt(operator, 'expires');
  const issuer = textAt(operator, 'issuer');
  const ends = expires <= now.toISOString() ? `expired ${expires}` : `until ${expires}`;
  const status = issuer === '' ? ends : `by ${issuer}`;
  return [
    textAt(operator, 'id'),
    textAt(operator, 'name'),
    textAt(operator, 'role'),
    textAt(operator, 'groups') || '-',
    revoked === '' ? status : `revoked ${revoked}`,
  ];
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
