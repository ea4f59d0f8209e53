import { type Judged, judgedBundle } from '../../../src/review/authority/authority.ts';
import { buildPolicy } from '../../decide/rego-lab.ts';

export const TINY_AT = '2026-11-20T10:00:00.000Z';

/** Two levels in one environment: the first reads, the second changes what is small. */
const RULES = `
decision := allowed if {
  input.action.class in {"discovery", "telemetry", "read"}
}

decision := allowed if {
  input.agent.level == 1
  input.action.class in {"write", "delete"}
  input.blast.known == true
  input.target.labels.namespace.environment == "dev"
}

allowed := {
  "outcome": "allow", "tier": "A", "environment": "dev", "warnings": [], "holds": [], "obligations": [],
  "reasons": [{"rule": "tiny/fine", "message": "this is fine", "fix": ""}],
}`;
const DATA = { settings: { levels: { 0: {}, 1: {} }, environments: { names: { dev: { production: false } } } } };

/** A bundle of a few lines of Rego, compiled by the real OPA. */
export async function tinyBundle(): Promise<Judged> {
  return judgedBundle(await buildPolicy(RULES, JSON.stringify(DATA)));
}
