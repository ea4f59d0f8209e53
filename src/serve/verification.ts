import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { LoadedBundle } from '../decide/bundles.ts';
import { messageOf, SallyportError } from '../errors.ts';
import type { Sources } from '../identify/sources.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Facts } from '../measure/facts.ts';
import type { CaseFile } from '../record/case-file.ts';
import type { Lane } from '../settle/lane.ts';
import { readAttempt } from '../settle/revert/taken-back.ts';
import type { Ability } from '../settle/verify/duty.ts';
import type { VerificationPlan } from '../settle/verify/plan.ts';
import { canaryShareOf, type PlannedAct, planFrom, stricterPlan } from '../settle/verify/planner.ts';
import { Prober } from '../settle/verify/prober.ts';
import { unknownEndpoints } from '../settle/verify/unknown-endpoints.ts';
import type { Verification } from '../settle/verify/verification.ts';
import { Verifications } from '../settle/verify/verifications.ts';
import type { State } from './state.ts';

export interface VerificationParts {
  readonly state: State;
  readonly laneOf: (route: string) => Lane;
  /** What is in force. */
  readonly bundle: () => LoadedBundle;
  /** Takes decisions back; undefined where this gate cannot. */
  readonly revert: ((decision: string, why: string) => Promise<unknown>) | undefined;
  readonly sources: Sources;
  readonly logger: Logger;
}

/** Finding out whether acts worked, and what of that the gate can promise for a call. */
export interface VerificationService {
  readonly verifications: Verifications;
  readonly ability: (file: CaseFile) => Ability;
  /** What whoever runs the gate should know of the policy in force. */
  readonly warnings: () => readonly string[];
}

/** Goes on with the verifications that are open. */
export async function openVerification(config: Config, parts: VerificationParts): Promise<VerificationService> {
  const { state, laneOf, revert, sources, logger } = parts;
  const prober = new Prober(config.probes);
  const verifications = await Verifications.open({
    store: state.store,
    schedule: state.schedule,
    sources,
    look: (verification, signal) => prober.look(verification, laneOf(verification.route).verifier, signal),
    expand: async ({ canary, route, watched, agent }, signal) =>
      canary === null
        ? { done: true }
        : laneOf(route).verifier.expand(canary, watched, agent, AbortSignal.any([signal, AbortSignal.timeout(30_000)])),
    objection: (verification) => objectionTo(state, sources.now(), verification),
    isTakenBack: async (decision) => {
      const { attempt } = await readAttempt(state.store, decision);
      return attempt?.state === 'ran' || attempt?.state === 'running';
    },
    revert: async (decision, why) => {
      if (revert === undefined)
        throw new SallyportError(
          'upstream/unreachable',
          `decision ${decision} is to be taken back, and this gate cannot`,
        );
      await revert(decision, why);
    },
    report: (error, decision) => logger.error({ decision, error: messageOf(error) }, 'a verification is in trouble'),
  });
  const { trust = [] } = config.bundle.site ?? {};
  return {
    verifications,
    warnings: () =>
      unknownEndpoints({ ...settingsOf(parts.bundle()), ...parts.bundle().site?.settings }, (probe) =>
        prober.knows(probe),
      ),
    ability: (file) => {
      const { call, described, facts, route } = file;
      if (call === undefined || described === undefined || facts === undefined)
        throw new TypeError('what can be done about a call is known when it was measured');
      const { verifier } = laneOf(route.name);
      const watched = verifier.watched(call, described, facts);
      const act: PlannedAct = {
        action: described.action.name,
        runbook: described.claims.runbook,
        canLook: (probe) =>
          probe.probe === 'http' || probe.probe === 'prometheus'
            ? prober.knows(probe)
            : watched !== undefined && verifier.applies(probe, described, watched),
      };
      const loaded = parts.bundle();
      const plan = watched === undefined ? undefined : planUnder(loaded, trust, act);
      const share = canaryShareOf(trustedSettings(loaded, trust));
      return {
        plan,
        watched,
        canary: plan === undefined || share === undefined ? undefined : verifier.canary(described, facts, share),
        fallback: revert !== undefined && isReturnable(facts),
        standing: verifications.standing(route.name, verifier.touches(call, described), file.id),
      };
    },
  };
}

/** A site's settings that are not trusted can add to the plan only, or leave none. */
function planUnder(loaded: LoadedBundle, trust: readonly string[], act: PlannedAct): VerificationPlan | undefined {
  const trusted = planFrom(trustedSettings(loaded, trust), act);
  const own = loaded.site?.settings ?? {};
  if (['verification', 'runbooks'].every((name) => !Object.hasOwn(own, name) || trust.includes(name))) return trusted;
  return stricterPlan(trusted, planFrom({ ...settingsOf(loaded), ...own }, act));
}

function trustedSettings(loaded: LoadedBundle, trust: readonly string[]): JsonObject {
  const own = Object.entries(loaded.site?.settings ?? {}).filter(([name]) => trust.includes(name));
  return { ...settingsOf(loaded), ...Object.fromEntries(own) };
}

function settingsOf({ bundle: { data } }: LoadedBundle): JsonObject {
  return isObject(data.settings) ? data.settings : {};
}

const RETURNS: ReadonlySet<string> = new Set(['inverse', 'revision', 'recreate']);

function isReturnable({ wayBack, captured }: Facts): boolean {
  return RETURNS.has(wayBack.how) && wayBack.exact === true && captured !== undefined;
}

/** Who began an act must still be able to when the gate goes on with it. */
function objectionTo({ registry, freezes }: State, now: Date, verification: Verification): string | undefined {
  const { agent: id, subject } = verification;
  const agent = registry.agent(id);
  if (agent === undefined || agent.revokedAt !== null || Date.parse(agent.expires) <= now.getTime())
    return `the authority of agent ${id} was withdrawn or has ended`;
  const [freeze] = freezes.covering(now, subject);
  return freeze === undefined ? undefined : `a freeze stands against it: ${freeze.why} (${freeze.id}, by ${freeze.by})`;
}
