import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { apiPath, apiQuery, type OperationsClient } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import { parseDuration } from './duration.ts';
import { listAt, textAt } from './json-fields.ts';
import { type NameOf, readOperatorNames } from './operator-names.ts';
import { formatFields, formatTable } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface OpenOptions {
  readonly agent: string;
  readonly reason: string;
  readonly incident?: string;
  readonly incidentClass?: string;
  readonly alert?: string;
  readonly hypothesis?: string;
  readonly confidence?: string;
  readonly link?: readonly string[];
  readonly plan?: string;
  readonly runbook?: string;
  readonly successSignal?: string;
  readonly wayBack?: string;
  readonly ttl: string;
}

/** `intent`: what agents are trying to do. */
export function addIntentCommands(program: Command, terminal: Terminal): void {
  const intent = program.command('intent').description('what agents are trying to do: open, close, show, list');
  intent
    .command('open')
    .description('open an intent for an agent; you cannot approve what it leads to')
    .requiredOption('--agent <id>', 'whose calls it is for')
    .requiredOption('--reason <text>', 'why, in a sentence')
    .option('--incident <id>', 'the incident or ticket')
    .option('--incident-class <class>', 'safe, semi-safe or human-only')
    .option('--alert <name>', 'the alert that it began with')
    .option('--hypothesis <text>', 'what is believed to be wrong')
    .option('--confidence <number>', 'how sure, 0 to 1')
    .option('--link <url...>', 'links to evidence')
    .option('--plan <text>', 'what is to be done')
    .option('--runbook <name>', 'the runbook that is followed')
    .option('--success-signal <text>', 'how it will be told that it worked')
    .option('--way-back <text>', 'how it is undone')
    .option('--ttl <duration>', 'when it ends by itself, 7d at most', '24h')
    .action(async (options: OpenOptions, command: Command) => {
      const common = commonOptions(command);
      const { link, ttl, confidence, ...said } = options;
      const body: JsonObject = {
        ...said,
        ...(link === undefined ? {} : { links: link }),
        ...(confidence === undefined ? {} : { confidence: parseConfidence(confidence) }),
        ttlSeconds: parseDuration('--ttl', ttl),
      };
      const client = await openClient(terminal, common);
      const opened = await client.post('/v1/intents', body);
      await show(client, terminal, common.json, opened);
    });
  intent
    .command('close')
    .description('end an intent: no call belongs to it any more, its tokens open nothing')
    .argument('<id>', 'as `intent open` printed it')
    .requiredOption('--outcome <outcome>', 'done, failed, handed-over or abandoned')
    .requiredOption('--summary <text>', 'what came of it')
    .action(async (id: string, { outcome, summary }: { outcome: string; summary: string }, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const closed = await client.post(`${apiPath('/v1/intents', id)}/close`, { outcome, summary });
      await show(client, terminal, common.json, closed);
    });
  intent
    .command('show')
    .description('one intent with its evidence, open or over')
    .argument('<id>', 'as `intent list` shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const found = await client.get(apiPath('/v1/intents', id));
      await show(client, terminal, common.json, found);
    });
  intent
    .command('list')
    .description('intents that are open, oldest first')
    .option('--agent <id>', 'of this agent only')
    .action(async (options: { readonly agent?: string }, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const found = await client.get(`/v1/intents${apiQuery({ agent: options.agent })}`);
      const rows = listAt(found, 'intents').map((each) => [
        ...[textAt(each, 'id'), textAt(each, 'agent'), textAt(each, 'statement', 'incident') || '-'],
        ...[textAt(each, 'statement', 'reason'), textAt(each, 'openedAt'), textAt(each, 'until')],
      ]);
      const table = formatTable(['ID', 'AGENT', 'INCIDENT', 'REASON', 'OPENED', 'UNTIL'], rows);
      printResult(terminal, common.json, found, rows.length === 0 ? 'no intent is open\n' : table);
    });
}

async function show(client: OperationsClient, terminal: Terminal, json: boolean, intent: JsonObject): Promise<void> {
  printResult(terminal, json, intent, json ? '' : describeIntent(intent, await readOperatorNames(client)));
}

function parseConfidence(text: string): number {
  const number = /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : undefined;
  if (number !== undefined) return number;
  throw new SallyportError('usage/invalid', `--confidence: ${JSON.stringify(text)} is not a number from 0 to 1`);
}

const SAID = [
  ...['incident', 'incidentClass', 'alert', 'hypothesis', 'confidence', 'plan', 'runbook', 'successSignal', 'wayBack'],
  'links',
];
const NAMES: Readonly<Record<string, string>> = {
  ...{ incidentClass: 'incident class', successSignal: 'success signal', wayBack: 'way back' },
};

function describeIntent(intent: JsonObject, nameOf: NameOf): string {
  const said = SAID.map((name) => [NAMES[name] ?? name, textAt(intent, 'statement', name)] as const);
  const signals = listAt(intent, 'signals').map(signalLine);
  const closed = textAt(intent, 'closed', 'at');
  return formatFields([
    ['intent', textAt(intent, 'id')],
    ['agent', textAt(intent, 'agent')],
    ['opened', `${textAt(intent, 'openedAt')} by ${nameOf(textAt(intent, 'openedBy'))}`],
    ['reason', textAt(intent, 'statement', 'reason')],
    ...said.filter(([, value]) => value !== ''),
    ...(signals.length === 0 ? [] : [['evidence', signals] as const]),
    closed === ''
      ? ['open until', textAt(intent, 'until')]
      : ['closed', `${closed} by ${nameOf(textAt(intent, 'closed', 'by'))}: ${textAt(intent, 'closed', 'outcome')}`],
    ...(closed === '' ? [] : [['summary', textAt(intent, 'closed', 'summary')] as const]),
  ]);
}

function signalLine(signal: Json): string {
  const pattern = textAt(signal, 'pattern');
  const shown = pattern === '' ? '' : ` (${pattern})`;
  const source = `${textAt(signal, 'observedAt')} ${textAt(signal, 'source')}`;
  return `${source} ${textAt(signal, 'stance')}${shown}: ${textAt(signal, 'says')}`;
}
