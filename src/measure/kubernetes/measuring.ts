import type { Described } from '../../describe/action.ts';
import type { KubernetesRequest } from '../../describe/kubernetes/request.ts';
import type { Redactor } from '../../describe/redact.ts';
import type { Principal } from '../../identify/principal.ts';
import type { WireCall } from '../../listen/wire.ts';
import type { FactSheet } from './fact-sheet.ts';
import type { LabelKeys } from './labels.ts';
import type { Probe } from './probe.ts';

/** One call to be measured. */
export interface Measuring {
  readonly call: WireCall;
  readonly described: Described<KubernetesRequest>;
  readonly principal: Principal;
  /** Milliseconds. */
  readonly deadline: number;
}

/** One change to be measured, with what it is measured by and where the facts go. */
export interface ChangeMeasuring extends Measuring {
  readonly keys: LabelKeys;
  readonly redactor: Redactor;
  readonly probe: Probe;
  readonly sheet: FactSheet;
}
