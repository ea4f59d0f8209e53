import { SallyportError } from '../../../errors.ts';
import { isObject, type Json, type JsonObject } from '../../../json.ts';
import type { GivenCall } from './call-writer.ts';
import { type KubectlWords, readWords } from './kubectl-words.ts';
import { type KubernetesKind, kindOf, kindOfObject } from './kubernetes-kinds.ts';
import type { RawRequest } from './raw-http.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';
const PATCH_TYPES: Readonly<Record<string, string>> = { strategic: STRATEGIC, merge: MERGE, json: JSON_PATCH };

/** A command and the case around it. */
interface Command extends KubectlWords {
  readonly call: GivenCall;
}

type Write = (command: Command, rest: readonly string[]) => RawRequest;

/**
 * The request that changes or reads what a kubectl command is about. Where kubectl sends several (it looks before it patches,
 * and deletes what a selector finds one by one), it is the one that matters, with the selector in it.
 * @throws SallyportError `request/invalid` for what it does not know
 */
export function parseKubectl(text: string, call: GivenCall): RawRequest {
  const command: Command = { ...readWords(text), call };
  const [verb = '', ...rest] = command.words;
  const write = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (write === undefined)
    throw invalid(
      `the command ${JSON.stringify(verb.slice(0, 40))} is not known here; known are ${Object.keys(COMMANDS).join(', ')}`,
    );
  return impersonating(command, write(command, rest));
}

const COMMANDS: Readonly<Record<string, Write>> = {
  get: (command, rest) => {
    const raw = command.flags.get('raw');
    if (raw !== undefined) return { method: 'GET', target: raw };
    return read(command, rest, { watch: command.flags.has('watch') ? 'true' : undefined });
  },
  describe: (command, rest) => read(command, rest),
  logs: (command, rest) => {
    const { flags } = command;
    return {
      method: 'GET',
      target: pathOf(command, kindOf('pods'), nameOf(rest, 'pods'), 'log', {
        container: flags.get('container'),
        follow: flags.get('follow'),
        previous: flags.get('previous'),
        tailLines: flags.get('tail'),
      }),
    };
  },
  top: (command, rest) => {
    const [what = '', name = ''] = rest;
    const { resource, namespaced } = kindOf(what);
    const metrics = { resource, namespaced, kind: '', base: '/apis/metrics.k8s.io/v1beta1' };
    return { method: 'GET', target: pathOf(command, metrics, name, '', selectors(command)) };
  },
  delete: (command, rest) => deletion(command, rest),
  scale: (command, rest) => {
    const replicas = Number(command.flags.get('replicas') ?? 'none');
    if (!Number.isInteger(replicas) || replicas < 0) throw invalid('scale needs --replicas and a whole number');
    const [kind, name] = targetOf(rest);
    return patch(command, kind, name, MERGE, { spec: { replicas } }, 'kubectl', 'scale');
  },
  rollout: (command, [action = '', ...rest]) => rollout(command, action, rest),
  set: (command, [what = '', ...rest]) => setImage(command, what, rest),
  patch: (command, rest) => {
    const [kind, name] = targetOf(rest);
    const written = command.flags.get('type') ?? 'strategic';
    const type = Object.hasOwn(PATCH_TYPES, written) ? PATCH_TYPES[written] : undefined;
    if (type === undefined) throw invalid(`patch --type is strategic, merge or json, not ${JSON.stringify(written)}`);
    const body = jsonOf(command.flags.get('patch'));
    return patch(command, kind, name, type, body, 'kubectl-patch', command.flags.get('subresource') ?? '');
  },
  label: (command, rest) => metadata(command, rest, 'labels', 'kubectl-label'),
  annotate: (command, rest) => metadata(command, rest, 'annotations', 'kubectl-annotate'),
  cordon: (command, rest) => schedulable(command, rest, true),
  uncordon: (command, rest) => schedulable(command, rest, null),
  create: (command, rest) => (rest[0] === 'token' ? token(command, rest.slice(1)) : creation(command)),
  replace: (command) => {
    const { name, ...kind } = kindOfObject(command.call.object);
    return { method: 'PUT', target: objectPath(command, kind, name), body: command.call.object };
  },
  apply: (command) => {
    const { name, ...kind } = kindOfObject(command.call.object);
    const { object, exists } = command.call;
    if (command.flags.has('server-side')) {
      const force = command.flags.has('force-conflicts') ? 'true' : undefined;
      const query = { fieldManager: 'kubectl', fieldValidation: 'Strict', force };
      return patched(objectPath(command, kind, name, query), APPLY, object ?? null);
    }
    if (!exists) return creation(command, 'kubectl-client-side-apply');
    return patched(
      objectPath(command, kind, name, { fieldManager: 'kubectl-client-side-apply' }),
      STRATEGIC,
      object ?? null,
    );
  },
  exec: (command, rest) => {
    const { flags, command: run } = command;
    if (run.length === 0) throw invalid('exec needs a command after --');
    const at = pathOf(command, kindOf('pods'), nameOf(rest, 'pods'), 'exec', {
      container: flags.get('container'),
      stdin: flags.get('stdin'),
      stdout: 'true',
      stderr: 'true',
      tty: flags.get('tty'),
    });
    const words = run.map((word) => `command=${encodeURIComponent(word)}`).join('&');
    return stream(`${at}&${words}`);
  },
  attach: (command, rest) =>
    stream(pathOf(command, kindOf('pods'), nameOf(rest, 'pods'), 'attach', { stdout: 'true', stderr: 'true' })),
  'port-forward': (command, rest) =>
    stream(pathOf(command, kindOf('pods'), nameOf(rest.slice(0, -1), 'pods'), 'portforward')),
  auth: (command, [question = '', verb = '', what = '', name = '']) => {
    if (question !== 'can-i' || what === '') throw invalid('of auth only `auth can-i VERB TYPE [NAME]` is known here');
    const { resource, base, namespaced } = kindOf(what);
    const group = base.startsWith('/apis/') ? (base.split('/')[2] ?? '') : '';
    const asked = { verb, group, resource, name, namespace: namespaced ? namespaceOf(command) : '' };
    return {
      method: 'POST',
      target: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: asked },
      },
    };
  },
  version: () => ({ method: 'GET', target: '/version' }),
  'api-resources': () => ({ method: 'GET', target: '/apis' }),
};

function read(command: Command, rest: readonly string[], query: Query = {}): RawRequest {
  const [kind, name] = targetOf(rest, true);
  return { method: 'GET', target: pathOf(command, kind, name, '', { ...selectors(command), ...query }) };
}

/** Where several are named, kubectl sends one DELETE for each: a case is about one. */
function deletion(command: Command, rest: readonly string[]): RawRequest {
  const { flags } = command;
  const [kind, name] = targetOf(rest, true);
  const many = flags.has('selector') || flags.has('field-selector') || flags.has('all');
  if (many === (name !== '')) throw invalid('delete needs a name, or --all, -l or --field-selector, and not both');
  const cascade = flags.get('cascade') ?? 'background';
  const policy = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' }[cascade];
  if (policy === undefined) throw invalid('delete --cascade is background, foreground or orphan');
  const grace = flags.get('now') === undefined ? flags.get('grace-period') : '1';
  const seconds = flags.has('force') ? (grace ?? '0') : grace;
  if (seconds !== undefined && !/^\d+$/.test(seconds)) throw invalid('delete --grace-period is a number of seconds');
  const body = {
    propagationPolicy: policy,
    ...(seconds === undefined ? {} : { gracePeriodSeconds: Number(seconds) }),
    ...(dryRun(command) === undefined ? {} : { dryRun: ['All'] }),
  };
  return { method: 'DELETE', target: pathOf(command, kind, name, '', many ? selectors(command) : {}), body };
}

function rollout(command: Command, action: string, rest: readonly string[]): RawRequest {
  const [kind, name] = targetOf(rest);
  const change = (body: Json, type = STRATEGIC) => patch(command, kind, name, type, body, 'kubectl-rollout');
  switch (action) {
    case 'restart':
      return change({
        spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': command.call.time } } } },
      });
    case 'undo': {
      const { object } = command.call;
      if (!isObject(object))
        throw invalid('rollout undo sends the pod template that was; give it as object: {metadata: ..., spec: ...}');
      return change([{ op: 'replace', path: '/spec/template', value: object }], JSON_PATCH);
    }
    case 'pause':
      return change({ spec: { paused: true } });
    case 'resume':
      return change({ spec: { paused: null } });
    case 'status':
      return { method: 'GET', target: pathOf(command, kind, name) };
    case 'history':
      return { method: 'GET', target: pathOf(command, kindOf('replicasets'), '') };
    default:
      throw invalid('of rollout restart, undo, pause, resume, status and history are known here');
  }
}

function setImage(command: Command, what: string, rest: readonly string[]): RawRequest {
  const pairs = rest.filter((word) => word.includes('='));
  const [kind, name] = targetOf(rest.filter((word) => !word.includes('=')));
  if (what !== 'image' || pairs.length === 0)
    throw invalid('of set only `set image TYPE/NAME CONTAINER=IMAGE` is known here');
  const containers = pairs.map((pair) => {
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at), image: pair.slice(at + 1) };
  });
  const spec = { containers };
  return patch(
    command,
    kind,
    name,
    STRATEGIC,
    kind.kind === 'Pod' ? { spec } : { spec: { template: { spec } } },
    'kubectl-set',
  );
}

function metadata(command: Command, rest: readonly string[], field: string, manager: string): RawRequest {
  const isChange = (word: string): boolean =>
    /^[^/=]+(\/[^=]+)?(=|-$)/.test(word) && (word.includes('=') || word.endsWith('-'));
  const changes = rest.filter((word, at) => at > 0 && isChange(word));
  const [kind, name] = targetOf(rest.filter((word, at) => at === 0 || !isChange(word)));
  if (changes.length === 0) throw invalid(`what ${field} to change: KEY=VALUE or KEY-`);
  const set = changes.map((word): readonly [string, Json] => {
    const at = word.indexOf('=');
    return at === -1 ? [word.slice(0, -1), null] : [word.slice(0, at), word.slice(at + 1)];
  });
  return patch(command, kind, name, MERGE, { metadata: { [field]: Object.fromEntries(set) } }, manager);
}

function schedulable(command: Command, rest: readonly string[], unschedulable: Json): RawRequest {
  return patch(
    command,
    kindOf('nodes'),
    nameOf(rest, 'nodes'),
    STRATEGIC,
    { spec: { unschedulable } },
    'kubectl-cordon',
  );
}

function token(command: Command, [name = '']: readonly string[]): RawRequest {
  if (name === '') throw invalid('create token needs the name of a service account');
  const body: JsonObject = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  return { method: 'POST', target: pathOf(command, kindOf('serviceaccounts'), name, 'token'), body };
}

function creation(command: Command, fieldManager = 'kubectl-create'): RawRequest {
  const { object } = command.call;
  const { namespace, ...kind } = kindOfObject(object);
  const query = { dryRun: dryRun(command), fieldManager, fieldValidation: 'Strict' };
  return { method: 'POST', target: pathOf(command, kind, '', '', query, namespace), body: object };
}

function objectPath(
  command: Command,
  kind: KubernetesKind & { readonly namespace: string },
  name: string,
  query: Query = {},
): string {
  return pathOf(command, kind, name, '', { dryRun: dryRun(command), ...query }, kind.namespace);
}

function patch(
  command: Command,
  kind: KubernetesKind,
  name: string,
  type: string,
  body: Json,
  fieldManager: string,
  subresource = '',
): RawRequest {
  return patched(pathOf(command, kind, name, subresource, { dryRun: dryRun(command), fieldManager }), type, body);
}

function patched(target: string, type: string, body: Json): RawRequest {
  return { method: 'PATCH', target, headers: { 'content-type': type }, body };
}

function stream(target: string): RawRequest {
  return { method: 'GET', target, headers: { connection: 'Upgrade', upgrade: 'websocket' } };
}

/** kubectl sends these as headers, and the gate refuses them. */
function impersonating({ flags }: Command, request: RawRequest): RawRequest {
  const user = flags.get('as');
  const group = flags.get('as-group');
  const headers = {
    ...request.headers,
    ...(user === undefined ? {} : { 'Impersonate-User': user }),
    ...(group === undefined ? {} : { 'Impersonate-Group': group }),
  };
  return { ...request, headers };
}

type Query = Readonly<Record<string, string | undefined>>;

function selectors({ flags }: Command): Query {
  return { labelSelector: flags.get('selector'), fieldSelector: flags.get('field-selector') };
}

function dryRun({ flags }: Command): string | undefined {
  const given = flags.get('dry-run');
  if (given === undefined || given === 'none') return undefined;
  if (given === 'server') return 'All';
  throw invalid('--dry-run is server here: what a client runs dry by itself never reaches the gate');
}

function pathOf(
  command: Command,
  kind: KubernetesKind,
  name: string,
  subresource = '',
  query: Query = {},
  namespace = '',
): string {
  const { flags } = command;
  const everywhere = flags.has('all-namespaces') && name === '';
  const within =
    kind.namespaced && !everywhere ? `/namespaces/${encodeURIComponent(namespace || namespaceOf(command))}` : '';
  const parts = [kind.resource, name, subresource].filter((part) => part !== '').map(encodeURIComponent);
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
  );
  return `${kind.base}${within}/${parts.join('/')}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

function namespaceOf({ flags }: Command): string {
  return flags.get('namespace') ?? 'default';
}

/** `TYPE/NAME`, `TYPE NAME`, and where the name may be left out `TYPE`. */
function targetOf(words: readonly string[], nameless = false): readonly [kind: KubernetesKind, name: string] {
  const [first = '', second, ...more] = words;
  const slash = first.indexOf('/');
  const type = slash === -1 ? first : first.slice(0, slash);
  const name = slash === -1 ? (second ?? '') : first.slice(slash + 1);
  if (type === '') throw invalid('it needs a type: TYPE/NAME');
  if (more.length > 0 || (slash !== -1 && second !== undefined))
    throw invalid('a case is about one object; it names several');
  if (name === '' && !nameless) throw invalid('it needs a name: TYPE/NAME');
  return [kindOf(type), name];
}

/** The name of what may be written `NAME` or `TYPE/NAME`. */
function nameOf(words: readonly string[], type: string): string {
  const [word = '', ...more] = words;
  if (word === '' || more.length > 0) throw invalid(`it needs one name of ${type}`);
  const slash = word.indexOf('/');
  if (slash !== -1 && kindOf(word.slice(0, slash)).resource !== type)
    throw invalid(`it is about ${type} here: name one`);
  return word.slice(slash + 1);
}

function jsonOf(text: string | undefined): Json {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw invalid('-p needs a patch in JSON');
  }
}

function invalid(what: string): SallyportError {
  return new SallyportError('request/invalid', `kubectl: ${what}`, {
    fix: 'write the call as raw HTTP where the shorthand does not do: METHOD /path, with body:',
  });
}
