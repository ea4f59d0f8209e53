import { isObject, type Json } from '../../../json.ts';
import { JSON_PATCH, MERGE, PATCH_TYPES, patch, STRATEGIC } from './kubectl-patch.ts';
import { type Command, dryRun, invalid, nameOf, pathOf, selectors, targetOf, type Write } from './kubectl-target.ts';
import { kindOf } from './kubernetes-kinds.ts';
import type { RawRequest } from './raw-http.ts';

/** Commands that change what is there. */
export const CHANGES: Readonly<Record<string, Write>> = {
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
};

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

function jsonOf(text: string | undefined): Json {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw invalid('-p needs a patch in JSON');
  }
}
