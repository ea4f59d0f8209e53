import type { Json } from '../json.ts';
import { verificationLines } from './explain-verification.ts';
import { at, listAt, textAt, toText } from './json-fields.ts';
import type { NameOf } from './operator-names.ts';
import { formatFields } from './table.ts';

type Field = readonly [name: string, value: readonly string[]];

/**
 * One decision as a person would want it told: who asked on whose authority, for what, what was known and from where,
 * what the gate did and by which rule, what would have been allowed, and what came of it.
 * @param nameOf how an operator's id is shown
 * @param revert whether it could be taken back now
 */
export function explainDecision(record: Json, nameOf: NameOf = (id) => id, revert = ''): string {
  const fields = decisionFields(record, nameOf);
  return formatFields(revert === '' ? fields : [...fields, ['revert', [revert]]]);
}

/** The same, as names and lines; what there is nothing to say of is left out. */
export function decisionFields(record: Json, nameOf: NameOf): readonly Field[] {
  const decided = at(record, 'decided');
  const fields: readonly Field[] = [
    ['decision', [textAt(record, 'id')]],
    ['time', [textAt(decided, 'time')]],
    ['agent', [agentLine(decided)]],
    ['granted', [grantLine(decided, nameOf)]],
    ['asked', askedLines(decided)],
    ['target', targetLines(decided)],
    ['facts', factLines(decided)],
    ['unknown', listAt(decided, 'facts', 'gaps').map(toText)],
    ['not undone', listAt(decided, 'facts', 'lost').map(toText)],
    ['change', changeLines(decided)],
    ['did', [didLine(decided)]],
    ['because', listAt(decided, 'reasons').flatMap(reasonLines)],
    ['warnings', listAt(decided, 'judgement', 'verdict', 'warnings').flatMap(reasonLines)],
    [
      at(decided, 'approved') === undefined ? 'waits for' : 'needed',
      listAt(decided, 'judgement', 'verdict', 'holds').map(holdLine),
    ],
    ['approved by', listAt(decided, 'approved', 'approvals').map((each) => approvalLine(each, nameOf))],
    ['obliged to', listAt(decided, 'judgement', 'verdict', 'obligations').map(obligationLine)],
    ['would be', adviceLines(at(decided, 'judgement', 'verdict', 'advice'))],
    ['judged by', [bundleLine(decided)]],
    ['outcome', outcomeLines(at(record, 'outcome'), textAt(decided, 'did'))],
    ['verified', verificationLines(at(record, 'verification'))],
    ['takes back', [textAt(decided, 'reverts', 'decision')]],
  ];
  return fields
    .map(([name, lines]): Field => [name, lines.filter((line) => line !== '')])
    .filter(([, lines]) => lines.length > 0);
}

function agentLine(decided: Json | undefined): string {
  const id = textAt(decided, 'agent', 'id');
  if (id === '') return 'nobody that the gate knows';
  const level = textAt(decided, 'agent', 'level');
  return `${id}, level ${level}, by ${textAt(decided, 'agent', 'credential')} ${textAt(decided, 'agent', 'credential_id')}`;
}

function grantLine(decided: Json | undefined, nameOf: NameOf): string {
  const by = textAt(decided, 'agent', 'granted_by');
  return by === ''
    ? ''
    : `by ${nameOf(by)}, ${textAt(decided, 'agent', 'granted_at')}: ${textAt(decided, 'agent', 'why')}`;
}

function askedLines(decided: Json | undefined): readonly string[] {
  const { route, method, path, action } = {
    route: textAt(decided, 'call', 'route'),
    method: textAt(decided, 'call', 'method'),
    path: textAt(decided, 'call', 'path'),
    action: textAt(decided, 'call', 'action'),
  };
  return [action, `${method} ${path} on route ${route}`, claimsLine(at(decided, 'input', 'claims'))];
}

function claimsLine(claims: Json | undefined): string {
  const said = ['reason', 'incident', 'intent', 'confidence']
    .map((name) => [name, textAt(claims, name)] as const)
    .filter(([, value]) => value !== '' && value !== 'unknown');
  return said.length === 0 ? '' : `the agent says: ${said.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

function targetLines(decided: Json | undefined): readonly string[] {
  const namespace = textAt(decided, 'call', 'namespace');
  const name = textAt(decided, 'call', 'name');
  const environment = textAt(decided, 'judgement', 'verdict', 'environment');
  return [
    [name === 'none' ? '' : name, namespace === 'none' ? '' : `namespace ${namespace}`]
      .filter((part) => part !== '')
      .join(' in '),
    environment === '' ? '' : `environment ${environment}, tier ${textAt(decided, 'judgement', 'verdict', 'tier')}`,
  ];
}

function factLines(decided: Json | undefined): readonly string[] {
  const input = at(decided, 'input');
  return listAt(decided, 'facts', 'sources').map((source) => {
    const fact = textAt(source, 'fact');
    const value = at(input, ...fact.split('.'));
    const shown = value === undefined ? '' : ` ${toText(value)}`;
    return `${fact}:${shown} (${textAt(source, 'from')}, ${textAt(source, 'at')})`;
  });
}

function changeLines(decided: Json | undefined): readonly string[] {
  return listAt(decided, 'facts', 'changes').map(
    (change) => `${textAt(change, 'path')}: ${jsonAt(change, 'from')} -> ${jsonAt(change, 'to')}`,
  );
}

function didLine(decided: Json | undefined): string {
  const by = textAt(decided, 'by');
  const whose = by === 'shadow' ? 'shadow mode, against the policy' : `the ${by}`;
  return `${textAt(decided, 'did')}, by ${whose}`;
}

function reasonLines(reason: Json): readonly string[] {
  const fix = textAt(reason, 'fix');
  return [`${textAt(reason, 'rule')}: ${textAt(reason, 'message')}`, fix === '' ? '' : `  ${fix}`];
}

function holdLine(hold: Json): string {
  const kind = textAt(hold, 'kind');
  if (kind === 'people') return `${textAt(hold, 'quorum')} of ${textAt(hold, 'groups')} (${textAt(hold, 'key')})`;
  if (kind === 'window')
    return `the window that opens ${textAt(hold, 'until') || 'at a time nobody declared'} (${textAt(hold, 'key')})`;
  return `${kind} (${textAt(hold, 'key')})`;
}

function obligationLine(obligation: Json): string {
  return `${textAt(obligation, 'name')} ${textAt(obligation, 'params')}`.trim();
}

function adviceLines(advice: Json | undefined): readonly string[] {
  if (textAt(advice, 'level') === '') return [];
  return [
    `${textAt(advice, 'outcome')} at level ${textAt(advice, 'level')}`,
    ...listAt(advice, 'holds').map((hold) => `waiting for ${holdLine(hold)}`),
    ...listAt(advice, 'obligations').map((obligation) => `obliged to ${obligationLine(obligation)}`),
  ];
}

function bundleLine(decided: Json | undefined): string {
  const judgement = at(decided, 'judgement') === null ? at(decided, 'request') : at(decided, 'judgement');
  const digest = textAt(judgement, 'bundle', 'digest');
  return digest === '' ? '' : `bundle ${textAt(judgement, 'bundle', 'revision')} ${digest}`;
}

function outcomeLines(outcome: Json | undefined, did: string): readonly string[] {
  const state = textAt(outcome, 'state');
  if (state === '') return [did === 'allow' ? 'none yet' : 'none: nothing was sent'];
  const status = textAt(outcome, 'status');
  const error = textAt(outcome, 'error', 'message');
  const told = status === '' ? '' : `: status ${status}, ${bytesOf(outcome)}, ${textAt(outcome, 'ms')} ms`;
  return [`${state}${told}`, error];
}

function bytesOf(outcome: Json | undefined): string {
  if (textAt(outcome, 'stream', 'bytes_in') === '') return `${textAt(outcome, 'bytes')} bytes`;
  return `${textAt(outcome, 'stream', 'bytes_in')} bytes in and ${textAt(outcome, 'stream', 'bytes_out')} out`;
}

function jsonAt(value: Json, name: string): string {
  return JSON.stringify(at(value, name)) ?? 'nothing';
}

function approvalLine(approval: Json, nameOf: NameOf): string {
  return `${nameOf(textAt(approval, 'by'))}, ${textAt(approval, 'at')}: ${textAt(approval, 'why')}`;
}
