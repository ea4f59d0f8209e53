import type { Json, JsonObject } from '../json.ts';

/** What a revert takes back; verified by the gate, never claimed. */
export type Reverting = {
  /** The decision's id. */
  readonly decision: string;
  /** RFC 3339, UTC, milliseconds: when it was decided. */
  readonly at: string;
  readonly by: 'operator' | 'gate';
  /** What others changed since is overridden, because an operator asks for it. */
  readonly forced: boolean;
};

/**
 * The policy input, version 1, as `rego/schemas/input.json` describes it: total, snake_case, at most 16 KiB.
 * Every field is always present; a fact that could not be had is the string `unknown`.
 */
export type PolicyInput = {
  readonly version: 1;
  readonly call: {
    readonly id: string;
    /** RFC 3339, UTC, milliseconds: the only clock a policy sees. */
    readonly time: string;
    readonly pass: 'request' | 'facts';
    readonly surface: string;
    readonly route: string;
    readonly method: string;
    readonly path: string;
    readonly digest: string;
    readonly body: string;
    readonly group: string;
  };
  readonly agent: {
    readonly id: string;
    readonly team: string;
    readonly owner: string;
    /** The base level in pass `request`; in pass `facts` the base level too, with `narrowed` for Rego to apply. */
    readonly level: number;
    readonly narrowed: readonly JsonObject[];
    readonly scope: JsonObject;
    readonly granted_by: string;
    readonly granted_at: string;
    readonly expires: string;
    readonly credential: string;
  };
  readonly action: {
    readonly name: string;
    readonly class: string;
    readonly verb: string;
    readonly resource: string;
    readonly risk_domain: string;
    readonly way_back: {
      readonly how: string;
      readonly exact: boolean | 'unknown';
      readonly captured: boolean | 'unknown';
    };
    readonly dry_run: boolean | 'unknown';
    readonly args: JsonObject;
    readonly change: {
      readonly paths: readonly string[] | 'unknown';
      readonly escalates: readonly string[] | 'unknown';
    };
    /** The decision that this call takes back, by the gate's own record; `none` for every call that comes over the wire. */
    readonly reverts: Reverting | 'none';
  };
  readonly target: {
    readonly route: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly exists: boolean | 'unknown';
    readonly managed_by: string;
    readonly account: string;
    readonly region: string;
    readonly tool: string;
    readonly labels: { readonly route: JsonObject; readonly namespace: JsonObject; readonly object: JsonObject };
  };
  readonly blast: {
    readonly known: boolean;
    readonly objects: number | 'unknown';
    readonly replicas: number | 'unknown';
    readonly pods: number | 'unknown';
    readonly share: number | 'unknown';
    readonly namespaces: number | 'unknown';
    readonly scope: string;
    readonly open: boolean | 'unknown';
  };
  readonly claims: JsonObject;
  readonly signals: JsonObject;
  readonly state: {
    /** Active freezes that cover this call as far as the gate can tell, for reasons; the gate enforces them itself. */
    readonly freezes: readonly JsonObject[];
    readonly counts: Json;
    readonly spent: Json;
    readonly failures: Json;
    readonly approvals: readonly JsonObject[];
    readonly verification: string;
    /** Obligations that this gate can discharge on this route. */
    readonly can: readonly string[];
  };
};
