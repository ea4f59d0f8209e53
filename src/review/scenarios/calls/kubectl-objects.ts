import type { JsonObject } from '../../../json.ts';
import { APPLY, patched, STRATEGIC } from './kubectl-patch.ts';
import { type Command, dryRun, invalid, pathOf, type Query, type Write } from './kubectl-target.ts';
import { type KubernetesKind, kindOf, kindOfObject } from './kubernetes-kinds.ts';
import type { RawRequest } from './raw-http.ts';

/** Commands that send a whole object, and those that make a token. */
export const OBJECTS: Readonly<Record<string, Write>> = {
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
};

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
