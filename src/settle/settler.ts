import { Denied } from '../decide/decider.ts';
import type { ObligationName, Reason } from '../decide/verdict.ts';
import type { Refusal } from '../describe/action.ts';
import { messageOf, SallyportError } from '../errors.ts';
import type { Exchange } from '../listen/exchange.ts';
import { encodePath, type WireCall } from '../listen/wire.ts';
import type { CaseFile, Decision } from '../record/case-file.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Delivery } from './delivery.ts';
import type { Epoch } from './epoch.ts';
import type { HeldCall } from './hold/held-call.ts';
import type { HoldDesk } from './hold/hold-desk.ts';
import type { Lane } from './lane.ts';
import type { OpenCalls } from './open-calls.ts';
import { impersonationOf, outboundHeaders } from './outbound-headers.ts';
import { refusalOf, refusalOfDecision, sentence } from './refusal.ts';
import type { SecondTries } from './second-tries.ts';
import { refuseUnmet } from './unmet-duty.ts';
import type { Verifications } from './verify/verifications.ts';

export interface SettlerParts {
  readonly recorder: Recorder;
  readonly epoch: Epoch;
  readonly openCalls: OpenCalls;
  readonly laneOf: (file: CaseFile) => Lane;
  /** Why a judged call may not go on any more: revoked, out of scope, frozen, judged by an older bundle. */
  readonly standing: (file: CaseFile) => Reason | undefined;
  /** Why its grant or credential has run out meanwhile. */
  readonly lapsed: (file: CaseFile) => Reason | undefined;
  /** The text with operators' ids replaced by their names: the record keeps the ids, people are told whom to ask. */
  readonly named: (text: string) => string;
  /** Denials that may be asked about once more over another protocol. */
  readonly secondTries: SecondTries;
  /** Finds out whether allowed calls worked, where their verdict wants that. */
  readonly verifications: Pick<Verifications, 'begin' | 'ended'>;
  /** Tells of what the gate itself got wrong. */
  readonly report: (error: unknown, file: CaseFile) => void;
  readonly desk: HoldDesk;
  /** For tests: waited for between the record and the first byte. */
  readonly stall?: ((file: CaseFile) => Promise<void>) | undefined;
}

export interface Settler {
  /** Forwards, holds or denies a decided and recorded call; records the outcome. */
  settle(file: CaseFile, lane: Lane, call: WireCall, exchange: Exchange): Promise<Settled>;
  /** The hold that this request is another try of, and has to wait for. */
  waitsFor(file: CaseFile): HeldCall | undefined;
  /** Waits for people or a window, as long as one try may; then it goes its way once more, or is answered. */
  wait(file: CaseFile, held: HeldCall, exchange: Exchange): Promise<Settled>;
  /**
   * Answers a call that is the second try of one that was denied a moment ago (kubectl's, over SPDY after a WebSocket)
   * as that one was; false when it is no such call. Nothing is recorded: it is one decision.
   */
  answersAgain(file: CaseFile, exchange: Exchange): boolean;
  /** Refuses whatever could not be decided, records that, answers. Never rejects. */
  refuse(file: CaseFile, exchange: Exchange, error: unknown): Promise<void>;
}

/** `again`: what held it is met; it goes its way once more, as it is then. */
export type Settled = 'over' | 'again';

export function createSettler(parts: SettlerParts): Settler {
  async function wait(file: CaseFile, held: HeldCall, exchange: Exchange): Promise<Settled> {
    const turn = await parts.desk.wait(file, held, exchange);
    if (turn.kind === 'again') return 'again';
    if (turn.kind === 'answer') {
      parts.secondTries.refused(file, turn.refusal);
      answer(parts, file, exchange, turn.refusal);
    }
    return 'over';
  }

  return {
    wait,
    waitsFor: (file) => parts.desk.rejoin(file),

    async settle(file, lane, call, exchange) {
      const { decision, held } = file;
      if (decision === undefined) throw new TypeError('settle() comes after decide()');
      if (decision.did === 'hold' && held !== undefined) return wait(file, held, exchange);
      if (decision.did !== 'allow') {
        const refusal = refusalOfDecision(decision, file.id);
        parts.secondTries.refused(file, refusal);
        answer(parts, file, exchange, refusal);
        return 'over';
      }
      await parts.stall?.(file);
      const delivery = await forward(parts, { file, lane, call, exchange, decision });
      if (delivery.error !== undefined && delivery.status === undefined && delivery.end !== 'caller-left') {
        const refused = delivery.end === 'refused';
        const kind = refused ? refusalOfCode(delivery.error) : refusalOf(delivery.error, file.id).kind;
        const message = refused ? delivery.error.message : `${messageOf(delivery.error)} [${file.id}]`;
        answer(parts, file, exchange, { kind, decision: file.id, message, warnings: [] });
      }
      await concluded(parts, file, delivery);
      return 'over';
    },

    answersAgain(file, exchange) {
      const refusal = parts.secondTries.answerTo(file);
      if (refusal !== undefined) answer(parts, file, exchange, refusal);
      return refusal !== undefined;
    },

    async refuse(file, exchange, error) {
      let thrown = error;
      if (!(error instanceof Denied) && !(error instanceof SallyportError)) parts.report(error, file);
      const told = refusalOf(thrown, file.id);
      if (!file.recordedDecided) {
        const reasons =
          thrown instanceof Denied ? thrown.reasons : [{ rule: ruleOf(thrown), message: told.message, fix: '' }];
        file.decision = {
          did: 'deny',
          by: thrown instanceof Denied ? thrown.by : 'gate',
          reasons,
          verdict: file.asked?.verdict,
        };
        try {
          await parts.recorder.decided(file);
        } catch (unrecorded) {
          // A refusal that cannot be recorded is still a refusal; the caller hears the graver reason.
          parts.report(unrecorded, file);
          thrown = unrecorded;
        }
      } else if (file.decision?.did === 'allow') {
        const failed =
          thrown instanceof SallyportError
            ? thrown
            : new SallyportError('record/unavailable', messageOf(thrown), { cause: thrown });
        const delivery: Delivery = { sent: false, status: undefined, bytes: 0, end: 'failed', error: failed };
        await concluded(parts, file, delivery);
      }
      // Only what was denied and recorded as that is over; what could not be judged may be by the next time.
      if (thrown instanceof Denied) parts.secondTries.refused(file, told);
      answer(parts, file, exchange, thrown === error ? told : refusalOf(thrown, file.id));
    },
  };
}

/** Records the outcome, then has it looked at whether it worked. Never rejects. */
async function concluded({ recorder, verifications, report }: SettlerParts, file: CaseFile, delivery: Delivery) {
  await recorder.outcome(file, delivery).catch((error) => report(error, file));
  await verifications.ended(file, delivery).catch((error) => report(error, file));
}

interface Passing {
  readonly file: CaseFile;
  readonly lane: Lane;
  readonly call: WireCall;
  readonly exchange: Exchange;
  readonly decision: Decision;
}

async function forward(parts: SettlerParts, { file, lane, call, exchange, decision }: Passing): Promise<Delivery> {
  const { principal, described } = file;
  if (principal === undefined || described === undefined) throw new TypeError('nothing is forwarded for nobody');
  const duties = dutiesOf(decision);
  const asDryRun = duties.has('as-dry-run');
  const rehearsed = !asDryRun && duties.has('dry-run-first');
  if ((asDryRun || rehearsed) && described.runsDry !== true)
    throw new SallyportError('policy/nonsense', 'the policy wants a dry run of what has none', {
      fix: `${described.action.name} runs or not; take it off dry_run.yaml`,
    });
  if (!asDryRun) refuseUnmet(file, duties);
  if (rehearsed) {
    const refused = await rehearse(parts, { file, lane, call, exchange, decision });
    if (refused !== undefined) return refused;
  }
  const canary = file.verification?.canary;
  const split = canary === undefined ? call : lane.verifier.firstOf(call, described, canary);
  const sent = asDryRun ? lane.asDryRun(call) : split;
  await parts.verifications.begin(file);
  const authorization = await lane.upstream.authorization();
  let ended: (() => void) | undefined;
  const delivery = await lane.forwarder.forward(exchange, {
    method: sent.method,
    upgrade: sent.upgrade,
    url: lane.upstream.basePath + encodePath(sent.path),
    headers: outboundHeaders(sent.headers, {
      host: lane.host,
      method: sent.method,
      bodyLength: sent.body.length,
      upgrade: sent.upgrade,
      authorization,
      impersonate: lane.route.impersonate ? impersonationOf(principal) : undefined,
    }),
    body: sent.body,
    flush: lane.streams(described),
    answerHeaders: answerHeaders(file, warningOf(file, asDryRun, rehearsed)),
    lastLook: () => lastLook(parts, file),
    onOpen: (cut) => {
      ended = parts.openCalls.add({
        id: file.id,
        cut,
        standing: () => parts.standing(file)?.message,
        lapsed: () => parts.lapsed(file)?.message,
      });
    },
  });
  ended?.();
  if (delivery.status === 401) lane.upstream.invalidate();
  return delivery;
}

/** The epoch is compared when the connection stands and nothing was written: if it moved, the guards look again. */
function lastLook(parts: SettlerParts, file: CaseFile): SallyportError | undefined {
  if (parts.epoch.value === file.epoch) return undefined;
  const reason = parts.standing(file);
  if (reason === undefined) return undefined;
  return new SallyportError(
    reason.rule === 'gate/new-bundle' ? 'measure/busy' : 'identity/revoked',
    sentence([reason], file.id),
  );
}

function refusalOfCode(error: SallyportError): Refusal['kind'] {
  return error.code === 'measure/busy' ? 'retry' : 'denied';
}

/** In shadow the policy obliges the gate to nothing. */
function dutiesOf({ by, verdict }: Decision): ReadonlySet<ObligationName> {
  return new Set(by === 'policy' ? verdict?.obligations.map(({ name }) => name) : []);
}

/**
 * Runs a call dry immediately before it is sent: what the upstream would refuse is not sent, and its caller is told what the
 * upstream says.
 * @returns how the call has ended; undefined when nothing stands against it
 * @throws SallyportError when the upstream does not say: then nothing is sent either
 */
async function rehearse(parts: SettlerParts, { file, lane, call, exchange }: Passing): Promise<Delivery | undefined> {
  const { principal } = file;
  if (principal === undefined) throw new TypeError('nothing is run dry for nobody');
  const ended = { sent: false, status: undefined, bytes: 0, end: 'refused' } as const;
  const late = lastLook(parts, file);
  if (late !== undefined) return { ...ended, error: late };
  const ran = await lane.runDry(call, principal);
  if (ran.would) return undefined;
  const { status, headers, body } = ran.answer;
  const told = { 'Sallyport-Decision': file.id, 'Sallyport-Outcome': 'deny', Warning: REFUSED };
  exchange.answer({ status, headers: { ...headers, ...told }, body });
  const why = `the upstream refused the dry run that policy asks for first, with status ${status}`;
  return { ...ended, status, error: new SallyportError('upstream/refused', why) };
}

function warningOf({ verification }: CaseFile, asDryRun: boolean, rehearsed: boolean): string | undefined {
  if (asDryRun) return AS_DRY_RUN;
  const { canary } = verification ?? {};
  if (canary === undefined) return rehearsed ? REHEARSED : undefined;
  const { first, to } = canary;
  return `299 - "sallyport: ${first} replicas for now; the gate goes on to ${to} by itself once that is verified"`;
}

const AS_DRY_RUN = '299 - "sallyport: policy turned this call into its dry run; nothing was changed"';
const REHEARSED = '299 - "sallyport: policy had this call run dry first, and nothing stood against it"';
const REFUSED = '299 - "sallyport: policy had this call run dry first, and this is why it was not sent"';

function answerHeaders(file: CaseFile, warning: string | undefined): Record<string, string> {
  const headers = { 'sallyport-decision': file.id, 'sallyport-outcome': 'allow' };
  return warning === undefined ? headers : { ...headers, warning };
}

function answer(parts: SettlerParts, file: CaseFile, exchange: Exchange, refusal: Refusal): void {
  try {
    const told = { ...refusal, message: parts.named(refusal.message), warnings: refusal.warnings.map(parts.named) };
    exchange.answer(parts.laneOf(file).surface.refuse(told, file.described));
  } catch (error) {
    parts.report(error, file);
    exchange.response.destroy();
  }
}

function ruleOf(error: unknown): string {
  return error instanceof SallyportError ? error.code : 'gate/fault';
}
