import { canonicalJson, type Json } from '../../json.ts';
import { encodePath, type WireCall } from '../../listen/wire.ts';
import { type Described, type Surface, UNKNOWN } from '../action.ts';
import { plainText, readClaims } from '../claims.ts';
import type { Redactor } from '../redact.ts';
import { mayHoldSecret } from '../secret-formats.ts';
import { refuse } from './answer.ts';
import { callArguments } from './arguments.ts';
import type { Body } from './body.ts';
import { classify, isConnect } from './classify.ts';
import { canRunDry } from './dry-run.ts';
import { readRequest } from './read-request.ts';
import type { KubernetesRequest } from './request.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import { qualified } from './resources.ts';
import { riskDomain } from './risk-domain.ts';
import { targetOf } from './target.ts';

/** Names in Kubernetes have 253 characters at most. */
const LONGEST_NAME = 253;
/** The parts of a longer path are bounded one by one. */
const SHORT_PATH = 512;

/** The surface of a Kubernetes API server: reads what a call means there, and answers as it would. */
export function createKubernetesSurface(options: { readonly redactor: Redactor }): Surface<KubernetesRequest> {
  const { redactor } = options;
  return {
    name: 'kubernetes',
    repeatable: new Set(['command', 'ports']),
    describe: (call) => {
      try {
        return describe(call, redactor);
      } catch {
        return indescribable(call, redactor);
      }
    },
    refuse,
  };
}

function describe(call: WireCall, redactor: Redactor): Described<KubernetesRequest> {
  const info = requestInfo(call.method, call.path.segments, call.path.query);
  const encoded = encodePath(call.path);
  // The hot path: most calls have nothing to hide in their path, and then nothing of it is looked at again.
  const clean = encoded.length <= SHORT_PATH && !mayHoldSecret(encoded);
  const show = (text: string): string => (clean ? text : bounded(redactor.redactText(text), redactor));

  const { request, body, unreadable } = readRequest(info, call);
  const resource = show(resourceName(info));
  const verb = actionVerb(info);
  return {
    action: {
      name: `kubernetes:${resource}:${verb}`,
      class: classify(info, call.method, call.upgrade !== undefined),
      verb,
      resource,
      riskDomain: riskDomain(info),
      dryRun: request.dryRun,
      args: callArguments(call, request, redactor),
    },
    target: targetOf(request, body.kind, (text) => bounded(redactor.redactText(text), redactor)),
    // What goes through an upgraded connection is never read.
    body: call.upgrade !== undefined && body.kind === 'none' ? 'streamed' : body.kind,
    digest: redactor.digest(canonicalCall(call, encoded, body)),
    unreadable: unreadable === undefined ? undefined : plainText(redactor.redactText(unreadable), SHORT_PATH),
    path: clean ? encoded : redactor.redactPath(call.path),
    claims: readClaims(call.headers, redactor.redactText),
    group: groupOf(call.headers.get('kubectl-session'), redactor),
    runsDry: canRunDry(info),
    patience: patienceOf(call),
    request,
  };
}

/** client-go names the commit of Kubernetes that it is of, and kubectl its session; both ask again by themselves on a 429. */
function patienceOf({ upgrade, headers }: WireCall): NonNullable<Described['patience']> {
  if (upgrade !== undefined) return 'none';
  const isClientGo = headers.has('kubectl-session') || /\bkubernetes\/[0-9a-f$]/.test(headers.get('user-agent') ?? '');
  return isClientGo ? 'retries' : 'waits';
}

function bounded(text: string, redactor: Redactor): string {
  return text.length > LONGEST_NAME ? redactor.digest(text) : text;
}

/** `deployments.apps/scale`, `pods`, `/version`. */
function resourceName(info: RequestInfo): string {
  if (!info.isResourceRequest) return `/${info.parts.join('/')}`;
  if (info.resource === '') return UNKNOWN;
  return info.subresource === '' ? qualified(info) : `${qualified(info)}/${info.subresource}`;
}

/** RequestInfo's verb, but `connect` for what opens a way into a program: there the method says nothing. */
function actionVerb(info: RequestInfo): string {
  if (isConnect(info)) return 'connect';
  return /^[a-z]{1,20}$/.test(info.verb) ? info.verb : 'unknown';
}

function groupOf(session: string | undefined, redactor: Redactor): string {
  const isId = session !== undefined && /^[A-Za-z0-9][A-Za-z0-9-]{7,63}$/.test(session);
  return isId && redactor.redactText(session) === session ? session : UNKNOWN;
}

/**
 * What the digest of a call is made of. The type of the body counts: the same bytes are another change as another patch
 * type. JSON counts by what it says, not by how it is spaced; other encodings count by their bytes.
 */
function canonicalCall(call: WireCall, encoded: string, body: Body): string | Uint8Array {
  const type = body.kind === 'none' ? '' : (call.headers.get('content-type') ?? '');
  const head = `${call.route.name}\n${call.method}\n${encoded}\n${call.upgrade ?? ''}\n${type}\n${body.kind}\n`;
  if (body.kind === 'none') return head;
  if (body.kind === 'read' && body.encoding === 'json') return head + canonicalJson(body.value);
  return Buffer.concat([Buffer.from(head), call.body]);
}

/** A call that the wire should not have let through: its path cannot even be written down again. */
function indescribable(call: WireCall, redactor: Redactor): Described<KubernetesRequest> {
  const info = requestInfo('', [], []);
  const raw: Json = [call.method, [...call.path.segments], call.path.query.map(([name, value]) => [name, value])];
  const digest = redactor.digest(Buffer.concat([Buffer.from(JSON.stringify(raw)), call.body]));
  return {
    action: {
      name: 'kubernetes:unknown:unknown',
      class: 'unknown',
      verb: 'unknown',
      resource: 'unknown',
      riskDomain: UNKNOWN,
      dryRun: UNKNOWN,
      args: {},
    },
    target: { namespace: '*', name: '*', account: 'none', region: 'none', tool: 'none' },
    body: call.body.length === 0 ? 'none' : 'unreadable',
    digest,
    unreadable: 'The path of the call cannot be read.',
    path: `/${digest}`,
    claims: readClaims(new Map(), redactor.redactText),
    group: UNKNOWN,
    request: {
      info,
      body: undefined,
      patchType: undefined,
      labelSelector: '',
      fieldSelector: '',
      dryRun: UNKNOWN,
      deleteOptions: undefined,
      replicas: undefined,
      clusterScoped: UNKNOWN,
    },
  };
}
