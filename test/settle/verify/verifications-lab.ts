import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import type { Principal } from '../../../src/identify/principal.ts';
import { NO_LABELS } from '../../../src/labels.ts';
import { UNKNOWN_BLAST, UNKNOWN_WAY_BACK } from '../../../src/measure/facts.ts';
import { CaseFile } from '../../../src/record/case-file.ts';
import type { LogEvent, Store } from '../../../src/record/store.ts';
import type { CanaryStep, Expansion } from '../../../src/settle/verify/lane-verifier.ts';
import { good, type Look } from '../../../src/settle/verify/look.ts';
import type { VerificationPlan } from '../../../src/settle/verify/plan.ts';
import { type VerificationChange, Verifications } from '../../../src/settle/verify/verifications.ts';
import { wireCall } from '../../describe/wire-calls.ts';
import type { LabGate, ScheduleLab } from '../../operate/schedule/schedule-lab.ts';

const PATH = '/apis/apps/v1/namespaces/shop/deployments/web';
const NONE: readonly string[] = [];
const PRINCIPAL: Principal = {
  agent: {
    ...{ id: 'fixer', team: 'web', owner: 'ada', level: 4, narrowed: [], identities: [], why: 'a test' },
    scope: {
      ...{ routes: NONE, environments: NONE, services: NONE, teams: NONE, namespaces: NONE },
      ...{ accounts: NONE, tools: NONE },
    },
    ...{ grantedBy: 'grace', grantedAt: '2026-01-01T00:00:00Z', expires: '2999-01-01T00:00:00Z' },
    ...{ revokedAt: null, tokensNotBefore: null },
  },
  ...{ credential: 'token', credentialId: 't-1', intent: 'i-1', credentialExpires: '2999-01-01T00:00:00Z' },
};

/** Two good looks within a minute, one every ten seconds. */
export const PLAN: VerificationPlan = {
  probes: [{ probe: 'rollout' }],
  ...{ signal: 'it is well', within: 60_000, every: 10_000, atMost: 10_000, looks: 2, revert: false },
};

export interface Duty {
  readonly plan?: Partial<VerificationPlan>;
  readonly canary?: CanaryStep;
  readonly fallback?: boolean;
  /** The name of the deployment that it is about; `web` unless told. */
  readonly name?: string;
}

/** An allowed call whose verdict obliges the gate to verify it. */
export function allowed(id: string, { plan = {}, canary, fallback = false, name = 'web' }: Duty = {}): CaseFile {
  const path = PATH.replace(/web$/, name);
  const call = wireCall('PATCH', path, { body: '{}', headers: { 'content-type': 'application/merge-patch+json' } });
  const file = new CaseFile(id, new Date('2030-01-15T12:00:00Z'), call.route, call, 0);
  file.principal = PRINCIPAL;
  file.call = call;
  file.described = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32, 1)) }).describe(call);
  file.facts = {
    labels: { route: NO_LABELS, namespace: { ...NO_LABELS, environment: 'prod', service: 'shop' }, object: NO_LABELS },
    ...{ exists: true, uid: 'u1', managedBy: 'none', blast: UNKNOWN_BLAST, wayBack: UNKNOWN_WAY_BACK },
    ...{ changePaths: [], escalates: [], changes: [], changeFrom: 'dry-run', touchesAuthority: false },
    ...{ captured: undefined, sources: [], gaps: [] },
  };
  const watched = { resource: 'deployments.apps', path, namespace: 'shop', name, uid: 'u1' };
  file.verification = { plan: { ...PLAN, ...plan }, watched, canary, fallback };
  return file;
}

/** Verifications of a gate of a schedule lab, whose looks and whose way back are a test's. */
export class VerifyingGate {
  /** What the next looks see; the last one stays. */
  looks: Look[] = [good('it is well')];
  expansion: Expansion = { done: true };
  objection: string | undefined;
  /** What was done, in order. */
  readonly did: string[] = [];
  readonly told: string[] = [];
  takenBack = false;
  /** Thrown by the next way back. */
  refusesToRevert: Error | undefined;
  readonly #gate: LabGate;
  #verifications: Verifications | undefined;

  private constructor(gate: LabGate) {
    this.#gate = gate;
  }

  static async open(lab: ScheduleLab, name: string): Promise<VerifyingGate> {
    const gate = new VerifyingGate(await lab.gate(name));
    let ids = 0;
    const newId = () => {
      ids += 1;
      return `${name}-${ids}`;
    };
    gate.#verifications = await Verifications.open({
      store: gate.#gate.store,
      schedule: gate.#gate.schedule,
      sources: { now: lab.clock.now, newId },
      look: async ({ plan }) => {
        const [next = good('it is well')] = gate.looks;
        if (gate.looks.length > 1) gate.looks.shift();
        gate.did.push('look');
        return plan.probes.map(() => next);
      },
      expand: async () => {
        gate.did.push('expand');
        return gate.expansion;
      },
      objection: () => gate.objection,
      isTakenBack: async () => gate.takenBack,
      revert: async (decision, why) => {
        const error = gate.refusesToRevert;
        gate.refusesToRevert = undefined;
        if (error !== undefined) throw error;
        gate.did.push(`revert ${decision}: ${why}`);
      },
      report: (error, decision) => gate.told.push(`${decision}: ${String(error)}`),
    });
    gate.#verifications.subscribe(({ what, verification }: VerificationChange) =>
      gate.told.push(`${what} ${verification.id}`),
    );
    gate.#gate.schedule.start();
    return gate;
  }

  get verifications(): Verifications {
    if (this.#verifications === undefined) throw new TypeError('it is open');
    return this.#verifications;
  }

  get lab(): LabGate {
    return this.#gate;
  }

  /** As the settler does: on the books, sent, recorded. */
  async run(file: CaseFile, status: number | undefined = 200, sent = true): Promise<void> {
    await this.verifications.begin(file);
    await this.verifications.ended(file, { sent, status });
  }
}

/** The leaves of a decision that an earlier run of a gate left behind. */
export async function recorded(store: Store, id: string, outcome: LogEvent['body'] | undefined): Promise<void> {
  const time = '2030-01-15T12:00:00.000Z';
  await store.append({
    kind: 'decided',
    id,
    time,
    body: { did: 'allow', agent: { id: 'fixer' }, call: { route: 'demo' } },
  });
  if (outcome !== undefined) await store.append({ kind: 'outcome', id, time, body: outcome });
}
