import type { Json } from '../json.ts';
import { at, listAt, textAt, toText } from './json-fields.ts';
import type { NameOf } from './operator-names.ts';
import { formatFields } from './table.ts';

type Field = readonly [name: string, value: readonly string[]];

/** Characters of what was spent; `--json` has all. */
const LONGEST = 300;

/** The three questions of a decision, one after the other. */
export function explainDecisionAccount(account: Json, nameOf: NameOf): string {
  return formatFields(decisionAccountFields(account, nameOf));
}

/** The same, as names and lines. */
export function decisionAccountFields(account: Json, nameOf: NameOf): readonly Field[] {
  const granted = at(account, 'granted');
  const limited = at(account, 'limited');
  const reconstructed = at(account, 'reconstructed');
  const fields: readonly Field[] = [
    ['who granted the authority', [grantLine(granted, nameOf)]],
    ['  its level', listAt(granted, 'levels').map((step) => levelLine(step, nameOf))],
    ['  approvals', listAt(granted, 'approvals').map((one) => approvalLine(one, nameOf))],
    ['what limited it', [limitLine(limited)]],
    ['  scope', scopeLines(at(limited, 'scope'))],
    ['  narrowed', listAt(limited, 'narrowed').map(toText)],
    ['  rules', listAt(limited, 'rules').map((rule) => `${textAt(rule, 'rule')}: ${textAt(rule, 'message')}`)],
    ['  holds', listAt(limited, 'holds').map(toText)],
    ['  obligations', listAt(limited, 'obligations').map((one) => textAt(one, 'name'))],
    ['  freezes', listAt(limited, 'freezes').map(toText)],
    ['  budgets', [toText(at(limited, 'spent')).slice(0, LONGEST)].filter((spent) => spent !== 'unknown')],
    ['  grant ends', [textAt(limited, 'expires')]],
    [
      'how is it reconstructed',
      [`leaf ${textAt(reconstructed, 'position')} of the log, ${textAt(reconstructed, 'hash')}`],
    ],
    ['  policy', [bundleLine(at(reconstructed, 'bundle'))]],
    [
      '  judged again by',
      at(reconstructed, 'input') === true ? [textAt(reconstructed, 'replay')] : ['nothing: policy was not asked'],
    ],
    ['  what followed', listAt(reconstructed, 'record').map((step) => stepLine(step, nameOf))],
  ];
  return said(fields);
}

/** The three questions of an agent. */
export function explainAgentAccount(account: Json, nameOf: NameOf): string {
  return formatFields(agentAccountFields(account, nameOf));
}

/** The same, as names and lines. */
export function agentAccountFields(account: Json, nameOf: NameOf): readonly Field[] {
  const granted = at(account, 'granted');
  const limited = at(account, 'limited');
  const trust = at(limited, 'trust');
  const fields: readonly Field[] = [
    ['who granted the authority', [grantLine(granted, nameOf)]],
    ['  its level', listAt(granted, 'levels').map((step) => levelLine(step, nameOf))],
    ['what limits it', [`level ${textAt(limited, 'level')}, since ${textAt(trust, 'since')}`]],
    ['  freezes', listAt(limited, 'freezes').map((one) => `${textAt(one, 'id')}: ${textAt(one, 'why')}`)],
    ['  its record', numberLines(trust)],
    ['  next level', promotionLines(at(trust, 'promotion'))],
    ['  demotion', demotionLines(at(trust, 'demotion'))],
    ['  problem', [textAt(trust, 'problem', 'message')]],
    ['how is it reconstructed', listAt(account, 'reconstructed', 'record').map((step) => stepLine(step, nameOf))],
    ['  what it did', [textAt(account, 'reconstructed', 'verify')]],
  ];
  return said(fields);
}

/** Without what there is nothing to say of. */
function said(fields: readonly Field[]): readonly Field[] {
  return fields
    .map(([name, lines]): Field => [name, lines.filter((line) => line !== '')])
    .filter(([, lines]) => lines.length > 0);
}

function grantLine(granted: Json | undefined, nameOf: NameOf): string {
  const by = textAt(granted, 'by');
  return by === ''
    ? 'nobody: no agent that the gate knows asked'
    : `${nameOf(by)}, ${textAt(granted, 'at')}: ${textAt(granted, 'why')}`;
}

function levelLine(step: Json, nameOf: NameOf): string {
  const [from, to] = [textAt(step, 'from'), textAt(step, 'to')];
  const levels = from === '' || from === to ? `level ${to}` : `level ${from} to ${to}`;
  const earned = at(step, 'evidence', 'proposed');
  const proposed =
    earned === true ? ' (proposed by its record)' : earned === false ? ' (not proposed by its record)' : '';
  const narrowed = listAt(step, 'narrowed').map(toText).join('; ');
  const words =
    textAt(step, 'what') === 'agent.narrowed'
      ? `narrowed: ${narrowed || 'nowhere'}`
      : levels + (textAt(step, 'what') === 'agent.promoted' ? proposed : '');
  return `${textAt(step, 'time')} ${words}, by ${nameOf(textAt(step, 'by'))}: ${textAt(step, 'why')}`;
}

function approvalLine(one: Json, nameOf: NameOf): string {
  const groups = textAt(one, 'groups');
  const time = textAt(one, 'at') || textAt(one, 'time');
  return `${nameOf(textAt(one, 'by'))}${groups === '' ? '' : ` for ${groups}`}, ${time}: ${textAt(one, 'why') || textAt(one, 'what')}`;
}

function limitLine(limited: Json | undefined): string {
  const [tier, environment] = [textAt(limited, 'tier'), textAt(limited, 'environment')];
  const where = tier === '' ? 'policy was not asked' : `tier ${tier} in ${environment}`;
  return `${textAt(limited, 'did')} by the ${textAt(limited, 'by')}, ${where}`;
}

function scopeLines(scope: Json | undefined): readonly string[] {
  return Object.entries(typeof scope === 'object' && scope !== null ? scope : {})
    .map(([name, values]) => `${name}: ${toText(values)}`)
    .filter((line) => !line.endsWith(': '));
}

function bundleLine(bundle: Json | undefined): string {
  const digest = textAt(bundle, 'digest');
  return digest === '' ? '' : `bundle ${textAt(bundle, 'revision')} ${digest}`;
}

function stepLine(step: Json, nameOf: NameOf): string {
  return `leaf ${textAt(step, 'seq')}, ${textAt(step, 'time')}: ${textAt(step, 'what')} by ${nameOf(textAt(step, 'by'))}: ${textAt(step, 'why')}`;
}

function numberLines(trust: Json | undefined): readonly string[] {
  const numbers = at(trust, 'numbers');
  if (typeof numbers !== 'object' || numbers === null) return [];
  const said = Object.entries(numbers).map(([name, value]) => `${name} ${value === null ? 'none' : toText(value)}`);
  return [`within ${textAt(trust, 'window')} days: ${said.join(', ')}`];
}

function promotionLines(promotion: Json | undefined): readonly string[] {
  if (textAt(promotion, 'to') === '') return [];
  const proposed = at(promotion, 'proposed') === true;
  const missing = listAt(promotion, 'tests').filter((test) => at(test, 'met') !== true);
  return [
    `${textAt(promotion, 'to')}: ${proposed ? 'proposed; a person grants it with `sallyport agent level`' : 'not earned yet'}`,
    ...(proposed ? [] : missing.map((test) => `  ${textAt(test, 'message')}`)),
  ];
}

function demotionLines(demotion: Json | undefined): readonly string[] {
  if (textAt(demotion, 'to') === '') return [];
  return [
    `to level ${textAt(demotion, 'to')} is ${at(demotion, 'automatic') === true ? 'under way' : 'demanded'}`,
    ...listAt(demotion, 'because').map((reason) => `  ${textAt(reason, 'name')}: ${textAt(reason, 'message')}`),
    `  decisions: ${textAt(demotion, 'decisions') || 'none in particular'}`,
  ];
}
