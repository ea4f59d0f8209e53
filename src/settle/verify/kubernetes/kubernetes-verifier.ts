import type { Described } from '../../../describe/action.ts';
import type { KubernetesRequest } from '../../../describe/kubernetes/request.ts';
import { messageOf } from '../../../errors.ts';
import { type ApiAnswer, type ApiEndpoint, type ApiRequest, askApi } from '../../../measure/kubernetes/api-client.ts';
import { impersonationOfAgent } from '../../outbound-headers.ts';
import type { CanaryStep, Expansion, LaneVerifier, UpstreamProbe, Watched } from '../lane-verifier.ts';
import { bad, blind, good, type Look, waiting } from '../look.ts';
import { conditionLook } from './condition.ts';
import { member, number, ROLLED_OUT, rolloutLook } from './rollout.ts';
import { scaledTo, scaleStep } from './scale-canary.ts';
import { touchedBy, watchedOf } from './watched.ts';

export interface KubernetesVerifierOptions {
  readonly endpoint: ApiEndpoint;
  /** Ask as the agent (the default), or as the gate itself. */
  readonly impersonate: boolean;
}

const EDITS: ReadonlySet<string> = new Set(['create', 'update', 'patch']);

/** Looks at objects of an API server after they were changed. */
export function createKubernetesVerifier(options: KubernetesVerifierOptions): LaneVerifier {
  const ask = (agent: string, request: Omit<ApiRequest, 'impersonate'>): Promise<ApiAnswer> =>
    askApi(options.endpoint, {
      ...request,
      impersonate: options.impersonate ? impersonationOfAgent(agent) : undefined,
    });
  // A lane's calls are described by its own surface.
  const own = (described: Described) => described as Described<KubernetesRequest>;
  return {
    watched: (call, described, facts) => watchedOf(call, own(described), facts),
    touches: (call, described) => touchedBy(call, own(described)),
    applies: (probe, described, watched) => applies(probe, own(described), watched),
    canary: (described, facts, share) => scaleStep(own(described), facts, share),
    firstOf: (call, described, step) => scaledTo(call, own(described), step),
    async look(probe, watched, agent, signal) {
      try {
        return lookOf(probe, watched, await ask(agent, { method: 'GET', path: watched.path, signal }));
      } catch (error) {
        return blind(messageOf(error));
      }
    },
    async expand(step, watched, agent, signal) {
      try {
        return await expand((request) => ask(agent, { ...request, signal }), step, watched);
      } catch (error) {
        return { done: false, why: messageOf(error) };
      }
    },
  };
}

function applies(probe: UpstreamProbe, { request }: Described<KubernetesRequest>, { resource }: Watched): boolean {
  const { verb, subresource } = request.info;
  switch (probe.probe) {
    case 'rollout':
      return ROLLED_OUT.has(resource) && EDITS.has(verb) && (subresource === '' || subresource === 'scale');
    case 'condition':
    case 'exists':
      return EDITS.has(verb);
    case 'absent':
      return verb === 'delete' && subresource === '';
  }
}

function lookOf(probe: UpstreamProbe, { resource, uid }: Watched, { status, object }: ApiAnswer): Look {
  if (status === 404) {
    if (probe.probe === 'absent') return good('it is not there any more');
    return probe.probe === 'exists' ? waiting('it is not there') : bad('it is not there any more');
  }
  if (status !== 200 || object === undefined) return blind(`the API server answers ${status}`);
  const { uid: now } = member(object, 'metadata');
  const other = uid !== 'unknown' && uid !== now;
  switch (probe.probe) {
    case 'absent':
      return other ? good('it is not there any more; another one has its name') : waiting('it is still there');
    case 'exists':
      return other ? bad('another one has its name') : good('it is there');
    case 'condition':
      return other ? bad('another one has its name') : conditionLook(object, probe.type, probe.status);
    case 'rollout':
      return other ? bad('another one has its name') : rolloutLook(resource, object);
  }
}

type Ask = (request: Pick<ApiRequest, 'method' | 'path' | 'contentType' | 'body'>) => Promise<ApiAnswer>;

/** What it scales from is tested by the server itself, in the patch that scales it. */
async function expand(ask: Ask, { first, to }: CanaryStep, { path }: Watched): Promise<Expansion> {
  const scale = `${path}/scale`;
  const there = await ask({ method: 'GET', path: scale });
  if (there.status !== 200 || there.object === undefined)
    return { done: false, why: `its scale cannot be read: the API server answers ${there.status}` };
  const replicas = number(member(there.object, 'spec').replicas) ?? 0;
  if (replicas === to) return { done: true };
  if (replicas !== first)
    return { done: false, why: `somebody else scaled it to ${replicas} meanwhile, and it was left at that` };
  const body = JSON.stringify([
    { op: 'test', path: '/spec/replicas', value: first },
    { op: 'replace', path: '/spec/replicas', value: to },
  ]);
  const contentType = 'application/json-patch+json';
  const answer = await ask({ method: 'PATCH', path: scale, contentType, body: Buffer.from(body) });
  if (answer.status === 200) return { done: true };
  const { message } = answer.object ?? {};
  return {
    done: false,
    why: `the API server answers ${answer.status}${typeof message === 'string' ? `: ${message}` : ''}`,
  };
}
