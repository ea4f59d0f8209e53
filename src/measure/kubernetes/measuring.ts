import type { Described } from '../../describe/action.ts';
import type { KubernetesRequest } from '../../describe/kubernetes/request.ts';
import type { Principal } from '../../identify/principal.ts';
import type { WireCall } from '../../listen/wire.ts';

/** One call to be measured. */
export interface Measuring {
  readonly call: WireCall;
  readonly described: Described<KubernetesRequest>;
  readonly principal: Principal;
  /** Milliseconds. */
  readonly deadline: number;
}
