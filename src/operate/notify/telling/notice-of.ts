import { isObject, type JsonObject } from '../../../json.ts';
import type { Notice } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import { notifyOf, type Recorded } from '../recorded.ts';
import { both, Change, type Teller } from './change.ts';
import { HELD } from './holds.ts';
import { ALLOWED, tellingOf } from './table.ts';

/** What is told of an event. */
export interface ToldEvent {
  readonly notice: Notice;
  readonly change: Change;
  readonly quiet: boolean;
  /** Targets that are told by name, whatever they want. */
  readonly targets: readonly string[];
  /** It may wait for others and be told together with them. */
  readonly mayWait: boolean;
}

const TITLE = 200;
const TEXT = 1_000;
const FACT = 500;
const FACTS = 12;

/** Undefined: nobody is told of it. */
export function noticeOf(event: Recorded, teller: Teller): ToldEvent | undefined {
  // Of a revert its own event tells.
  if (event.kind === 'decided') return isObject(event.body.reverts) ? undefined : allowed(event, teller);
  if (event.kind === 'changed') return changed(event, teller);
  return event.kind === 'gate' && event.body.what === 'started' && Number(event.body.lost) > 0
    ? changed({ ...event, body: { ...event.body, what: 'gate.lost', by: 'gate' } }, teller)
    : undefined;
}

function changed(event: Recorded, { named, page }: Teller): ToldEvent | undefined {
  const change = new Change(event, named);
  const telling = tellingOf(change.what);
  const { severity } = telling;
  const [name, to, id] = telling.page?.(change) ?? [];
  const url =
    to === undefined || id === undefined || id === '' ? undefined : page(to, id, change.word(HELD, 'decideBy'));
  const environments = telling.environments?.(change) ?? [change.first(['environment'], ['after', 'environment'])];
  const notice: Notice = {
    id: event.id,
    kind: plainLine(change.what, 63),
    time: event.time,
    severity: typeof severity === 'function' ? severity(change) : severity,
    title: plainLine(telling.title(change), TITLE),
    text: plainLine(telling.text?.(change) ?? '', TEXT),
    facts: factsOf(telling.facts?.(change) ?? []),
    links: url === undefined ? [] : [{ name: name ?? '', url }],
    alert: telling.alert?.(change) ?? null,
    groups: telling.groups?.(change) ?? [],
    environments: environments.filter((environment) => environment !== ''),
    about: aboutOf(event.body),
  };
  const { quiet } = telling;
  return {
    ...{ notice, change, mayWait: false },
    quiet: typeof quiet === 'function' ? quiet(change) : quiet === true,
    targets: telling.targets?.(change) ?? [],
  };
}

/** A change that ran without being asked about, which policy wants people to know. */
function allowed(event: Recorded, { named, page }: Teller): ToldEvent {
  const change = new Change(event, named);
  const target = both(change.word('call', 'namespace'), change.word('call', 'name'), '/');
  const call = both(change.word('call', 'action'), target);
  const agent = change.word('agent', 'id') || 'an agent';
  const url = page('decisions', event.id, '');
  const environment = change.word('judgement', 'verdict', 'environment');
  const notice: Notice = {
    id: event.id,
    kind: ALLOWED,
    time: event.time,
    severity: 'info',
    title: plainLine(`${agent} may: ${call}`, TITLE),
    text: '',
    facts: factsOf([
      ['Agent', `${agent}, level ${change.word('agent', 'level')}`],
      ['Call', `${call} on route ${change.word('call', 'route')}`],
      ['Environment', environment],
      ['Tier', change.word('judgement', 'verdict', 'tier')],
      ['Intent', change.word('agent', 'intent')],
      ['Decision', event.id],
    ]),
    links: url === undefined ? [] : [{ name: 'Decision', url }],
    alert: null,
    groups: [],
    environments: environment === '' ? [] : [environment],
    about: { decision: event.id, agent },
  };
  const urgent = notifyOf(event.body).some(
    (each) => isObject(each) && isObject(each.params) && each.params.now === true,
  );
  return { notice, change, quiet: false, targets: [], mayWait: !urgent };
}

function factsOf(facts: readonly (readonly [string, string])[]): Notice['facts'] {
  return facts
    .filter(([, value]) => value.trim() !== '')
    .slice(0, FACTS)
    .map(([name, value]) => ({ name, value: plainLine(value, FACT) }));
}

const ABOUT = [
  'decision',
  'hold',
  'intent',
  'agent',
  'freeze',
  'revert',
  'verification',
  'runbook',
  'notice',
  'target',
  'told',
];

function aboutOf(body: JsonObject): Notice['about'] {
  return Object.fromEntries(
    ABOUT.flatMap((name): [string, string][] => {
      const id = body[name];
      return typeof id === 'string' ? [[name, plainLine(id, 253)]] : [];
    }),
  );
}
