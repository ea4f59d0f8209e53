import {
  type Command,
  invalid,
  nameOf,
  namespaceOf,
  pathOf,
  type Query,
  selectors,
  targetOf,
  type Write,
} from './kubectl-target.ts';
import { kindOf } from './kubernetes-kinds.ts';
import type { RawRequest } from './raw-http.ts';

/** Commands that change nothing, and those that open a way into a program. */
export const READS: Readonly<Record<string, Write>> = {
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

function stream(target: string): RawRequest {
  return { method: 'GET', target, headers: { connection: 'Upgrade', upgrade: 'websocket' } };
}
