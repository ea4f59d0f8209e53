import type { Json } from '../../json.ts';
import type { Unknown } from '../action.ts';
import type { RequestInfo } from './request-info.ts';

/** How a PATCH body is meant; `apply` is server-side apply. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** `meta/v1` DeleteOptions as the server takes them: from the body when there is one, else from the query. */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: string | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly preconditions: { readonly uid: string | undefined; readonly resourceVersion: string | undefined };
}

/**
 * A Kubernetes call as the surface reads it, for its measurer and its answers. `body` is raw: it is never recorded and
 * never shown to policy.
 */
export interface KubernetesRequest {
  readonly info: RequestInfo;
  /** The parsed JSON body: object, patch or delete options; undefined when there is none or it cannot be read. */
  readonly body: Json | undefined;
  readonly patchType: PatchType | undefined;
  /** As RequestInfo has them: only where the server honours them. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly dryRun: boolean | Unknown;
  readonly deleteOptions: DeleteOptions | undefined;
  /** The replicas that a write asks for; undefined when it does not say. */
  readonly replicas: number | Unknown | undefined;
  /** Whether the resource lives outside namespaces; unknown for custom and aggregated resources without a namespace. */
  readonly clusterScoped: boolean | Unknown;
}
