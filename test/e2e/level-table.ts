import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { isObject, type Json } from '../../src/json.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import type { Lab } from '../lab/lab.ts';
import { at, items, writesAs } from './cluster-gate.ts';
import { captured, type Judged, send } from './judged-call.ts';
import {
  ACTS,
  type Act,
  colourIn,
  type Kind,
  LEVELS,
  NAMESPACES,
  type Place,
  recolour,
  SECRET,
  type Server,
} from './level-stage.ts';

/** What a cell of the level table comes to. */
export interface Cell {
  /** What is on the record of it, as `inShort` puts it. */
  readonly verdict: string;
  /** What a refusal has to say. */
  readonly says: readonly string[];
  /** The Warning header, of advice. */
  readonly warns?: string;
}

export function allow(...obligations: readonly string[]): Cell {
  return { verdict: ['allow', ...obligations].join(' + '), says: [] };
}

export function hold(people: number, group: string): Cell {
  const needs = `${people} ${people === 1 ? 'person' : 'people'} of ${group} to approve it`;
  return { verdict: `hold: ${people} of ${group}`, says: [needs, `Ask ${group} to approve it.`] };
}

/** Advice of reads, which level 1 may do. */
export const ADVISE_ALLOW: Cell = {
  verdict: 'deny by level/table, at level 1 allow',
  says: ['Level 1 (observer) could do it.'],
  warns: '299 - "advice: at level 1 the answer would be \\"allow\\""',
};

/** Advice of what level 2 may do if so many people approve it. */
export function advise(people: number, group: string): Cell {
  return {
    verdict: `deny by level/table, at level 2 hold: ${people} of ${group}`,
    says: [`Level 2 (assisted) could do it with ${approval(people, group)}.`],
    warns: `299 - "advice: at level 2 the answer would be \\"hold\\", with ${approval(people, group)}"`,
  };
}

/** Denied by a closed window alone. @param next what is said of it, with the next opening */
export function shut(next: string): Cell {
  return { verdict: 'deny by windows/open', says: [next] };
}

/** The same, where the table merely advises. */
export function alsoShut({ verdict, says, ...rest }: Cell, next: string): Cell {
  return { ...rest, verdict: verdict.replace('level/table', 'level/table and windows/open'), says: [...says, next] };
}

/** Held by a closed window alone. @param time RFC 3339 */
export function heldUntil(time: string, next: string): Cell {
  return { verdict: `hold: until ${time}`, says: [`: it needs ${opening(time)}; `, next] };
}

/** The same, where the table asks people. */
export function alsoHeldUntil({ verdict, says }: Cell, time: string, next: string): Cell {
  return { verdict: `${verdict}, until ${time}`, says: [...says, `, and ${opening(time)}; `, next] };
}

function opening(time: string): string {
  return `its change window to open, ${time}`;
}

function approval(people: number, group: string): string {
  return `the approval of ${people} ${people === 1 ? 'person' : 'people'} of ${group}`;
}

/**
 * A table: a row for each level; a cell for telemetry, other reads, B not production, B production, B production of which no probe
 * tells whether it worked, C not production, C production.
 */
export type Table = readonly (readonly [Cell, Cell, Cell, Cell, Cell, Cell, Cell])[];

const COLUMN = {
  telemetry: [0, 0],
  read: [1, 1],
  b: [2, 3],
  'b-unseen': [2, 4],
  c: [5, 6],
} as const satisfies Record<Kind, unknown>;

/** One call of an agent, and the cell that it falls into. */
export interface Try {
  readonly level: number;
  readonly place: Place;
  readonly act: Act;
  readonly cell: Cell;
  /** For the test's name. */
  readonly what: string;
  readonly verdict: string;
}

/** Every act of every cell of a table, at these places. */
export function tries(table: Table, ...places: readonly Place[]): readonly Try[] {
  return table.flatMap((row, level) =>
    places.flatMap((place) =>
      ACTS.map((act) => {
        const cell = row[COLUMN[act.kind][place === 'prod' ? 1 : 0]];
        return { level, place, act, cell, what: act.what, verdict: cell.verdict };
      }),
    ),
  );
}

/** One agent of each level. */
export type Agents = readonly { readonly id: string; readonly token: string }[];

export async function agentsOf(gate: GateLab): Promise<Agents> {
  const agents = [];
  for (const level of LEVELS) agents.push(await gate.agent({ level }));
  return agents;
}

/** Where calls are tried. */
export interface Stage {
  readonly gate: GateLab;
  readonly agents: Agents;
  readonly server: Server;
}

const TITLES = ['advisory', 'observer', 'assisted', 'human on the loop', 'supervised', 'scoped autonomy'] as const;

/** Sends the call, and looks at the answer, at the record and at the object. */
export async function check(stage: Stage, { level, place, act, cell }: Try): Promise<void> {
  const { gate, agents, server } = stage;
  const agent = agents[level];
  if (agent === undefined) throw new TypeError(`there is no agent of level ${level}`);
  const namespace = NAMESPACES[place];
  const about = act.about?.(namespace, level);
  const look = async () => (about === undefined ? undefined : await server.read(about));
  const before = await look();
  const judged = await send(gate, agent.token, act.sent(namespace, level));
  const after = await look();

  const verdict = at(judged.decided, 'judgement', 'verdict');
  expect(inShort(judged)).toBe(cell.verdict);
  expect(at(verdict, 'tier')).toBe({ telemetry: 'A', read: 'A', b: 'B', 'b-unseen': 'B', c: 'C' }[act.kind]);
  const { status, headers, body, json } = judged.answer;
  const warned = [act.told, cell.warns].filter((line) => line !== undefined);
  expect(headers.warning).toBe(warned.length === 0 ? undefined : warned.join(', '));
  if (judged.did === 'allow') {
    expect([status, headers['sallyport-outcome'], json.kind]).toEqual([
      200,
      'allow',
      expect.not.stringMatching('Status'),
    ]);
    if (act.becomes === undefined) return;
    expect(before).not.toMatchObject(act.becomes);
    expect(after).toMatchObject(act.becomes);
    expect(at(await captured(gate, judged), 'metadata', 'resourceVersion')).toBe(
      at(before, 'metadata', 'resourceVersion'),
    );
    return;
  }
  expect(after).toEqual(before);
  expect(await gate.gate.store.sealed(judged.id, 'way-back')).toBeUndefined();
  expect([status, headers['sallyport-outcome']]).toEqual([403, judged.did]);
  if (judged.did === 'hold') expect(json).toMatchObject({ title: 'Held for approval', status: 403, hold: judged.id });
  else expect(json).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403 });
  const message = messageOf(judged);
  expect(message).toContain(judged.id);
  for (const words of cell.says ?? []) expect(message).toContain(words);
  if (cell.warns !== undefined) {
    expect(message).toContain(`level/table: level ${level} (${TITLES[level]}) may not do the `);
    expect(message).toContain(`, reaching ${act.reach}`);
  }
  expect(body).not.toContain(SECRET);
}

/** The changes of the agents that reached the API server. */
export async function expectWrites(lab: Lab, agents: Agents, all: readonly Try[]): Promise<void> {
  for (const [level, agent] of agents.entries()) {
    const allowed = all.filter(
      ({ act, cell, ...one }) => one.level === level && act.becomes && cell.verdict.startsWith('allow'),
    );
    const expected = allowed.map(({ act, place }) => `patch ${act.sent(NAMESPACES[place], level).path}`);
    expect(await writesAs(lab, agent.id)).toEqual(expected);
  }
}

/** What became of a call, as the record has it: what was done, by which rules, with which holds and obligations, with what advice. */
export function inShort({ did, decided }: Judged): string {
  const verdict = at(decided, 'judgement', 'verdict');
  if (did === 'allow') return ['allow', ...names(at(verdict, 'obligations'), 'name')].join(' + ');
  if (did === 'hold') return `hold: ${items(at(verdict, 'holds')).map(holdInShort).join(', ')}`;
  const denied = `deny by ${names(decided.reasons, 'rule').join(' and ')}`;
  const advice = at(verdict, 'advice');
  if (!isObject(advice)) return denied;
  const holds = items(advice.holds).map(holdInShort);
  return `${denied}, at level ${advice.level} ${advice.outcome}${holds.length === 0 ? '' : `: ${holds.join(', ')}`}`;
}

function holdInShort(hold: Json): string {
  if (at(hold, 'kind') === 'window') return `until ${at(hold, 'until')}`;
  return `${at(hold, 'quorum')} of ${items(at(hold, 'groups')).join(' or ')}`;
}

function names(list: Json | undefined, member: string): readonly string[] {
  return items(list).map((one) => String(at(one, member)));
}

/** Asks for a colour that is not there yet; what became of that, in short and in full, having seen that the server agrees. */
export async function tryColour(
  { gate, server }: Omit<Stage, 'agents'>,
  token: string,
  place: Place,
): Promise<readonly [string, Judged]> {
  const colour = randomUUID();
  const before = await colourIn(server, place);
  const judged = await send(gate, token, recolour(place, colour));
  const isLetThrough = judged.did === 'allow';
  expect(await colourIn(server, place)).toBe(isLetThrough ? colour : before);
  expect(judged.answer.status).toBe(isLetThrough ? 200 : 403);
  return [inShort(judged), judged];
}

/** The message of a refusal. */
export function messageOf({ answer }: Judged): string {
  return String(answer.json.message ?? answer.json.detail);
}
