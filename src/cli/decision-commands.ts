import type { Command } from 'commander';
import { messageOf, SallyportError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { apiPath, apiQuery, type OperationsClient } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import { parsePast } from './duration.ts';
import { explainDecisionAccount } from './explain-account.ts';
import { explainDecision } from './explain-decision.ts';
import { at, listAt, textAt } from './json-fields.ts';
import { readOperatorNames } from './operator-names.ts';
import { plainText } from './plain-text.ts';
import { formatTable } from './table.ts';
import { printNote, printResult, type Terminal } from './terminal.ts';

interface ListOptions {
  readonly agent?: string;
  readonly route?: string;
  readonly outcome?: string;
  readonly since?: string;
  readonly limit: string;
}

/** `decisions`: what agents asked, what the gate did, and why. */
export function addDecisionCommands(program: Command, terminal: Terminal): void {
  const decisions = program.command('decisions').description('what agents asked, what the gate did, and why');
  decisions
    .command('list')
    .description('decisions, newest first')
    .option('--agent <id>', 'of this agent')
    .option('--route <name>', 'on this route')
    .option('--outcome <outcome>', 'allow, hold or deny')
    .option('--since <time>', 'not older: a time with offset, or 30m, 8h ago')
    .option('--limit <count>', 'at most so many, up to 500', '50')
    .action(async (options: ListOptions, command: Command) => {
      const common = commonOptions(command);
      const since = options.since === undefined ? undefined : parsePast('--since', options.since, terminal.now());
      const { agent, route, outcome, limit } = options;
      const client = await openClient(terminal, common);
      const answer = await client.get(`/v1/decisions${apiQuery({ agent, route, outcome, limit, since })}`);
      const rows = listAt(answer, 'decisions').map(decisionRow);
      printResult(terminal, common.json, answer, formatTable(HEADINGS, rows));
    });
  decisions
    .command('show')
    .description('explain one decision: what was decided and why, on whose authority, and how that is reconstructed')
    .argument('<id>', 'from `decisions list`, or the Sallyport-Decision header')
    .action(async (id: string, _options: object, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const decision = await client.get(apiPath('/v1/decisions', id));
      const account = await client.get(apiPath('/v1/decisions', id, 'account'));
      printResult(
        terminal,
        common.json,
        { ...decision, account },
        await explain(client, decision, account, common.json),
      );
    });
  decisions
    .command('tail')
    .description('decisions, notifications and changes as they happen, until stopped')
    .option('--kind <kind>', 'decision, outcome, notify or change only')
    .action(async (options: { readonly kind?: string }, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const path = `/v1/decisions/stream${apiQuery({ kind: options.kind })}`;
      for await (const { event, data } of client.stream(path, terminal.stop)) {
        if (event === 'end') throw ended(textAt(data, 'reason'));
        terminal.out(common.json ? `${JSON.stringify(data)}\n` : `${plainText(eventLine(event, data))}\n`);
      }
      if (!terminal.stop.aborted) throw ended('broken');
      printNote(terminal, 'stopped');
    });
}

/** Names are for people; `--json` does without the second question. */
async function explain(
  client: OperationsClient,
  decision: JsonObject,
  account: JsonObject,
  json: boolean,
): Promise<string> {
  if (json) return '';
  const nameOf = await readOperatorNames(client);
  const told = explainDecision(decision, nameOf, await wayBackOf(client, decision));
  return `${told}\n${explainDecisionAccount(account, nameOf)}`;
}

/** Whether a change that was let through can be taken back now; what only reads has nothing to take back. */
async function wayBackOf(client: OperationsClient, decision: JsonObject): Promise<string> {
  const decided = at(decision, 'decided');
  const how = textAt(decided, 'input', 'action', 'way_back', 'how');
  if (textAt(decided, 'did') !== 'allow' || READING.has(textAt(decided, 'input', 'action', 'class')) || how === '')
    return '';
  try {
    const now = await client.get(`${apiPath('/v1/decisions', textAt(decision, 'id'))}/way-back`);
    return `${textAt(now, 'state')}: ${textAt(now, 'message')}`;
  } catch (error) {
    return `not known now: ${messageOf(error)}`;
  }
}

const READING: ReadonlySet<string> = new Set(['discovery', 'telemetry', 'read', 'sensitive_read']);

const HEADINGS = ['TIME', 'ID', 'AGENT', 'ROUTE', 'ACTION', 'TARGET', 'DID', 'RULE'];

function decisionRow(record: Json): readonly string[] {
  const decided = at(record, 'decided');
  const [reason] = listAt(decided, 'reasons');
  return [
    textAt(decided, 'time'),
    textAt(record, 'id'),
    textAt(decided, 'agent', 'id') || '-',
    textAt(decided, 'call', 'route'),
    textAt(decided, 'call', 'action'),
    `${textAt(decided, 'call', 'namespace')}/${textAt(decided, 'call', 'name')}`,
    textAt(decided, 'did'),
    textAt(reason, 'rule') || '-',
  ];
}

function eventLine(kind: string, data: JsonObject): string {
  const decided = at(data, 'data');
  const start = `${textAt(data, 'time')} ${kind} ${textAt(data, 'id')}`;
  if (kind === 'change')
    return `${start} ${textAt(decided, 'what')} by ${textAt(decided, 'by')}: ${textAt(decided, 'why')}`;
  if (kind === 'outcome') return `${start} ${textAt(decided, 'state')} ${textAt(decided, 'status')}`.trimEnd();
  const [, , agent, route, action, target, did, rule] = decisionRow({
    id: textAt(data, 'id'),
    decided: decided ?? null,
  });
  return `${start} ${agent} ${route} ${action} ${target} ${did} ${rule}`;
}

function ended(reason: string): SallyportError {
  const why = reason === 'slow' ? 'this end did not read fast enough' : reason;
  return new SallyportError('upstream/unreachable', `the gate ended the stream: ${why}`, {
    fix: 'start it again; `sallyport decisions list` has what was missed',
  });
}
