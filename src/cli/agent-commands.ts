import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { apiPath } from '../operate/client.ts';
import { type CommonOptions, commonOptions, openClient } from './context.ts';
import { parseDuration, parseMoment } from './duration.ts';
import { explainAgentAccount } from './explain-account.ts';
import { at, listAt, textAt, toText } from './json-fields.ts';
import { type AskedLevel, readLevel } from './ladder.ts';
import { readOperatorNames } from './operator-names.ts';
import { formatFields, formatTable } from './table.ts';
import { printNote, printResult, type Terminal } from './terminal.ts';

interface AddOptions {
  readonly team: string;
  readonly owner: string;
  readonly why: string;
  readonly level: string;
  readonly ladder?: string;
  readonly as?: string;
  readonly scope: readonly string[];
  readonly identity: readonly string[];
  readonly expires?: string;
}

interface LevelOptions {
  readonly why: string;
  readonly ladder?: string;
  readonly as?: string;
  readonly environment?: string;
  readonly service?: string;
}

interface TokenOptions {
  readonly route: string;
  readonly intent?: string;
  readonly ttl: string;
  readonly why: string;
}

/** `agent`: who may ask, how far each is trusted, and the tokens they show. */
export function addAgentCommands(program: Command, terminal: Terminal): void {
  const agent = program.command('agent').description('who may ask, and how far each is trusted');
  addAdd(agent, terminal);
  addReading(agent, terminal);
  addLevel(agent, terminal);
  addToken(agent, terminal);
  addRevoke(agent, terminal);
}

function addAdd(agent: Command, terminal: Terminal): void {
  agent
    .command('add')
    .description('grant: add an agent (level 1, for 90 days, with no scope unless told otherwise)')
    .argument('<id>', 'lower-case letters, digits and -')
    .requiredOption('--team <name>', 'the team it belongs to')
    .requiredOption('--owner <name>', 'the person who answers for it')
    .requiredOption('--why <text>', 'for those who read the log later')
    .option('--level <level>', 'how much it may do: 0 to 5, or a step of --ladder', '1')
    .option('--ladder <name>', 'the ladder of the policy that --level is a step of')
    .option('--as <0-5>', 'which of the levels that the step stands for; the lowest when left out')
    .option('--scope <dimension=value,...>', 'where it may act; once per dimension; * is everything', collect, [])
    .option('--identity <issuer,subject>', 'a foreign identity that is this agent', collect, [])
    .option('--expires <time>', 'the end of the grant: a time with offset, or 30d')
    .action(async (id: string, options: AddOptions, command: Command) => {
      const common = commonOptions(command);
      const asked = await askLevel(terminal, common, '--level', options.level, options);
      const body: JsonObject = {
        id,
        team: options.team,
        owner: options.owner,
        why: options.why + asked.words,
        level: asked.level,
        scope: parseScope(options.scope),
        identities: options.identity.map(parseIdentity),
        ...(options.expires === undefined
          ? {}
          : { expires: parseMoment('--expires', options.expires, terminal.now()) }),
      };
      const added = await send(terminal, common, 'POST', '/v1/agents', body);
      if (options.scope.length === 0) printNote(terminal, 'note: without --scope this agent can do nothing');
      printResult(terminal, common.json, added, describeAgent(added));
    });
}

function addReading(agent: Command, terminal: Terminal): void {
  agent
    .command('list')
    .description('all agents, revoked ones too')
    .action(async (_options: object, command: Command) => {
      const common = commonOptions(command);
      const answer = await send(terminal, common, 'GET', '/v1/agents');
      const rows = listAt(answer, 'agents').map((each) => [
        textAt(each, 'id'),
        textAt(each, 'team'),
        textAt(each, 'owner'),
        textAt(each, 'level'),
        statusOf(each, terminal.now()),
        textAt(each, 'grantedBy'),
      ]);
      printResult(
        terminal,
        common.json,
        answer,
        formatTable(['ID', 'TEAM', 'OWNER', 'LEVEL', 'STATUS', 'GRANTED BY'], rows),
      );
    });
  agent
    .command('show')
    .description('one agent: who granted its authority, what limits it, how that is reconstructed')
    .argument('<id>')
    .action(async (id: string, _options: object, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const found = await client.get(apiPath('/v1/agents', id));
      const account = await client.get(apiPath('/v1/agents', id, 'account'));
      const nameOf = common.json ? (id: string) => id : await readOperatorNames(client);
      const text = `${describeAgent(found)}\n${explainAgentAccount(account, nameOf)}`;
      printResult(terminal, common.json, { ...found, account }, text);
    });
}

function addLevel(agent: Command, terminal: Terminal): void {
  agent
    .command('level')
    .description('promote or demote an agent, everywhere or in one environment or service')
    .argument('<id>')
    .argument('<level>', '0 advisory to 5 scoped autonomy, or a step of --ladder')
    .requiredOption('--why <text>', 'for those who read the log later')
    .option('--environment <name>', 'only there')
    .option('--service <name>', 'only there')
    .option('--ladder <name>', 'the ladder of the policy that the level is a step of')
    .option('--as <0-5>', 'which of the levels that the step stands for; the lowest when left out')
    .action(async (id: string, given: string, options: LevelOptions, command: Command) => {
      const common = commonOptions(command);
      const { level, words } = await askLevel(terminal, common, 'level', given, options);
      const path = apiPath('/v1/agents', id);
      const place = placeOf(options);
      const change =
        place === undefined
          ? { level }
          : { narrowed: narrowedWith(await send(terminal, common, 'GET', path), { ...place, level }) };
      const changed = await send(terminal, common, 'PATCH', path, { ...change, why: options.why + words });
      printResult(terminal, common.json, changed, describeAgent(changed));
    });
}

function addToken(agent: Command, terminal: Terminal): void {
  agent
    .command('token')
    .description('issue a token for one route; it is shown this once')
    .argument('<id>')
    .requiredOption('--route <name>', 'the only route that it opens')
    .option('--intent <id>', 'bind it to an intent')
    .option('--ttl <duration>', 'how long it lives, 7d at most', '8h')
    .option('--why <text>', 'for those who read the log later', 'sallyport agent token')
    .action(async (id: string, options: TokenOptions, command: Command) => {
      const common = commonOptions(command);
      const issued = await send(terminal, common, 'POST', `${apiPath('/v1/agents', id)}/tokens`, {
        route: options.route,
        ttlSeconds: parseDuration('--ttl', options.ttl),
        why: options.why,
        ...(options.intent === undefined ? {} : { intent: options.intent }),
      });
      printNote(terminal, `token ${textAt(issued, 'id')}, until ${textAt(issued, 'expires')}`);
      printResult(terminal, common.json, issued, `${textAt(issued, 'token')}\n`);
    });
}

function addRevoke(agent: Command, terminal: Terminal): void {
  agent
    .command('revoke')
    .description('end an agent for good, or only tokens of it')
    .argument('<id>')
    .requiredOption('--why <text>', 'for those who read the log later')
    .option('--tokens', 'only the tokens that it was given so far')
    .option('--token <id>', 'only this token, by the id that the record shows')
    .action(async (id: string, options: { why: string; tokens?: true; token?: string }, command: Command) => {
      const common = commonOptions(command);
      const { why, token } = options;
      if (token !== undefined) {
        const revoked = await send(terminal, common, 'POST', `${apiPath('/v1/tokens', token)}/revoke`, { why });
        printResult(terminal, common.json, revoked, `token ${textAt(revoked, 'credential')} is revoked\n`);
        return;
      }
      const path = `${apiPath('/v1/agents', id)}/revoke`;
      const changed = await send(terminal, common, 'POST', path, { why, tokens: options.tokens === true });
      printResult(terminal, common.json, changed, describeAgent(changed));
    });
}

/** The level that was asked for; what else the step of a ladder may stand for is noted. */
async function askLevel(
  terminal: Terminal,
  common: CommonOptions,
  option: string,
  text: string,
  options: Pick<LevelOptions, 'ladder' | 'as'>,
): Promise<AskedLevel> {
  const asked = await readLevel(option, text, options, () => send(terminal, common, 'GET', '/v1/ladders'));
  if (asked.note !== '') printNote(terminal, `note: ${asked.note}`);
  return asked;
}

async function send(
  terminal: Terminal,
  common: CommonOptions,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body: JsonObject = {},
): Promise<JsonObject> {
  const client = await openClient(terminal, common);
  if (method === 'GET') return client.get(path);
  return method === 'POST' ? client.post(path, body) : client.patch(path, body);
}

function describeAgent(agent: JsonObject): string {
  const scope = at(agent, 'scope');
  const dimensions = Object.entries(typeof scope === 'object' && scope !== null ? scope : {})
    .map(([name, values]) => `${name}: ${toText(values)}`)
    .filter((line) => !line.endsWith(': '));
  return formatFields([
    ['agent', textAt(agent, 'id')],
    ['team', textAt(agent, 'team')],
    ['owner', textAt(agent, 'owner')],
    ['level', [textAt(agent, 'level'), ...listAt(agent, 'narrowed').map(toText)]],
    ['scope', dimensions.length === 0 ? 'nothing' : dimensions],
    ['identities', listAt(agent, 'identities').map((each) => `${textAt(each, 'issuer')}, ${textAt(each, 'subject')}`)],
    ['granted', `by ${textAt(agent, 'grantedBy')}, ${textAt(agent, 'grantedAt')}: ${textAt(agent, 'why')}`],
    ['expires', textAt(agent, 'expires')],
    ...(textAt(agent, 'revokedAt') === '' ? [] : [['revoked', textAt(agent, 'revokedAt')] as const]),
  ]);
}

function statusOf(agent: Json, now: Date): string {
  const revoked = textAt(agent, 'revokedAt');
  if (revoked !== '') return `revoked ${revoked}`;
  const expires = textAt(agent, 'expires');
  return expires <= now.toISOString() ? `expired ${expires}` : `until ${expires}`;
}

function placeOf(options: LevelOptions): { environment: string } | { service: string } | undefined {
  const { environment, service } = options;
  if (environment !== undefined && service !== undefined) {
    throw new SallyportError('usage/invalid', 'a level is narrowed for an environment or for a service, not for both');
  }
  if (environment !== undefined) return { environment };
  return service === undefined ? undefined : { service };
}

function narrowedWith(agent: JsonObject, entry: JsonObject): readonly Json[] {
  const same = (other: Json): boolean =>
    textAt(other, 'environment') === textAt(entry, 'environment') &&
    textAt(other, 'service') === textAt(entry, 'service');
  return [...listAt(agent, 'narrowed').filter((other) => !same(other)), entry];
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parseScope(given: readonly string[]): JsonObject {
  const scope = new Map<string, readonly string[]>();
  for (const text of given) {
    const [, dimension, values] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
    if (dimension === undefined || values === undefined) {
      throw new SallyportError('usage/invalid', `--scope: ${JSON.stringify(text)} is not dimension=value,...`, {
        fix: 'for example --scope namespaces=web,api --scope environments=staging',
      });
    }
    scope.set(dimension, [...(scope.get(dimension) ?? []), ...values.split(',')]);
  }
  return Object.fromEntries(scope);
}

function parseIdentity(text: string): JsonObject {
  const [, issuer, subject] = /^([^,]+),(.+)$/.exec(text) ?? [];
  if (issuer !== undefined && subject !== undefined) return { issuer, subject };
  throw new SallyportError('usage/invalid', `--identity: ${JSON.stringify(text)} is not issuer,subject`);
}
