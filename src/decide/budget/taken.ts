import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type Amounts, readAmounts } from './amounts.ts';

/** Whose budgets a change falls under, and which change it is. */
export interface Subject {
  readonly agent: string;
  /** The intent that the agent's credential is bound to. */
  readonly intent: string | undefined;
  /** Every service that a label names; unknown where a label could not be looked up. */
  readonly services: readonly string[] | 'unknown';
  /** Of the canonical call: the same change once more has the same. */
  readonly digest: string;
  /** Names what the change is to bring about (the act, its target, the places it changes): another try has the same. */
  readonly fix: string;
}

/**
 * What one change took. `kept`: it counts as spent; given back when the upstream refused it. `failed` is unknown until
 * it has ended, and what never ended may well have failed.
 */
export interface Taken {
  readonly accounts: readonly string[];
  readonly agent: string;
  readonly digest: string;
  readonly fix: string;
  readonly environment: string;
  readonly amounts: Amounts;
  readonly kept: boolean;
  readonly failed: boolean | 'unknown';
}

/** The accounts of a subject, by id. */
export function accountsOf({ agent, intent, services }: Subject): readonly string[] {
  return [
    agentAccount(agent),
    ...(intent === undefined ? [] : [intentAccount(intent)]),
    ...(services === 'unknown' ? [] : services.map(serviceAccount)),
  ];
}

export const agentAccount = (id: string): string => `agent:${id}`;
export const intentAccount = (id: string): string => `intent:${id}`;
export const serviceAccount = (name: string): string => `service:${name}`;

export function takenJson({ accounts, amounts, ...rest }: Taken): JsonObject {
  return { ...rest, accounts: [...accounts], amounts: { ...amounts } };
}

/** As it was stored. What cannot be read counts as the worst that it could be. */
export function readTaken(body: JsonObject): Taken {
  const { accounts, kept, failed } = body;
  return {
    accounts: isArray(accounts) ? accounts.map(text) : [],
    agent: text(body.agent),
    digest: text(body.digest),
    fix: text(body.fix),
    environment: text(body.environment),
    amounts: readAmounts(isObject(body.amounts) ? body.amounts : undefined),
    kept: kept !== false,
    failed: typeof failed === 'boolean' ? failed : 'unknown',
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'unknown';
}
