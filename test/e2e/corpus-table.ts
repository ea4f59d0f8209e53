import { bodyNamed, CONTENT_TYPES } from './corpus-bodies.ts';

/** A call as it goes over the wire. */
export interface Written {
  readonly method: string;
  /** As it is on the wire, from the API server's root. */
  readonly path: string;
  readonly body?: string | Buffer | undefined;
  /** The content type, undefined when none is sent. */
  readonly type?: string | undefined;
  /** The protocol that the connection is to be upgraded to. */
  readonly upgrade?: string | undefined;
}

/** One wire call, the Action that the gate must make of it, and what the API server must say that it was. */
export interface GoldenCall extends Written {
  readonly action: GoldenAction;
  /** The rule by which the gate keeps the call back; undefined when it goes on to the server. */
  readonly refused: string | undefined;
  /** What the server's audit log says of the same call; undefined when it cannot read the call and logs nothing. */
  readonly server: ServerSaid | undefined;
}

/** An Action and its target in the gate's words. */
export interface GoldenAction {
  /** `kubernetes:deployments.apps/scale:patch` */
  readonly name: string;
  readonly class: string;
  readonly verb: string;
  /** With its group and subresource; of a call that is about no resource, its path. */
  readonly resource: string;
  readonly namespace: string;
  readonly objectName: string;
}

/** The request attributes of an audit event; what is absent there is empty. */
export interface ServerSaid {
  readonly verb: string;
  readonly resource: string;
  readonly apiGroup: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The headers that belong to a call. */
export function headersOf({ type, upgrade }: Written): Readonly<Record<string, string>> {
  return {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(upgrade === undefined ? {} : { ...UPGRADING, upgrade }),
  };
}

/** What both ways of upgrading ask for; each server looks at its own. */
const UPGRADING = {
  connection: 'Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'v5.channel.k8s.io',
  'x-stream-protocol-version': 'v4.channel.k8s.io',
};

/**
 * Reads a table of calls, one a line: method, path (behind `prefix`), class, verb, resource, namespace, name, and after
 * them what only some calls have:
 * - `body=NAME:ARGUMENT` out of `corpus-bodies.ts`, and `type=` for a content type other than the body's own
 * - `upgrade=PROTOCOL`, when the connection is to be upgraded
 * - `refused=RULE`, when the gate keeps it back
 * - `server.verb=`, `server.name=`, ...: where the server has another word for it than the gate, `-` for none; `server=-`
 *   where it has none at all
 *
 * Blanks within a name are written `␣`.
 * @throws Error naming a line that cannot be read
 */
export function golden(_about: string, prefix: string, table: string): readonly GoldenCall[] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => readLine(prefix, line));
}

const OPTIONS = /^(body|type|upgrade|refused|server(?:\.(?:verb|group|resource|namespace|name))?)=(.+)$/;

function readLine(prefix: string, line: string): GoldenCall {
  const [method = '', path = '', kind = '', verb = '', resource = '', namespace = '', name = '', ...rest] = line
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('␣', ' '));
  if (name === '') throw new Error(`a line of the corpus has too few columns: ${line}`);
  const options = new Map(
    rest.map((word): readonly [string, string] => {
      const [, key, value] = OPTIONS.exec(word) ?? [];
      if (key === undefined || value === undefined) throw new Error(`"${word}" is no option of the corpus: ${line}`);
      return [key, value];
    }),
  );
  const made = options.get('body');
  const body = made === undefined ? undefined : bodyNamed(made);
  const type = options.get('type') ?? (body === undefined ? undefined : 'application/json');
  return {
    method,
    path: prefix + path,
    body,
    type: type === undefined ? undefined : (CONTENT_TYPES.get(type) ?? type),
    upgrade: options.get('upgrade'),
    action: { name: `kubernetes:${resource}:${verb}`, class: kind, verb, resource, namespace, objectName: name },
    refused: options.get('refused'),
    server: serverSaid({ verb, resource, namespace, name }, options),
  };
}

type Words = Pick<ServerSaid, 'verb' | 'resource' | 'namespace' | 'name'>;

/** The server knows no word for "none" or "all": what it does not name it leaves out. */
function serverSaid(gate: Words, options: ReadonlyMap<string, string>): ServerSaid | undefined {
  if (options.has('server')) return undefined;
  const option = (key: string): string | undefined => {
    const said = options.get(`server.${key}`);
    return said === '-' ? '' : said;
  };
  const verb = option('verb') ?? gate.verb;
  const { resource: all } = gate;
  if (all.startsWith('/')) return { verb, resource: all, apiGroup: '', subresource: '', namespace: '', name: '' };
  const [qualified = '', subresource = ''] = all.split('/');
  const [resource = '', ...group] = qualified.split('.');
  return {
    verb,
    resource: option('resource') ?? resource,
    apiGroup: option('group') ?? group.join('.'),
    subresource,
    namespace: option('namespace') ?? named(gate.namespace),
    name: option('name') ?? named(gate.name),
  };
}

function named(word: string): string {
  return word === 'none' || word === '*' ? '' : word;
}

/** Paths below the API server's root that the gate does not even read, for two readers could read them in two ways. */
export const UNREAD: readonly string[] = [
  '//api/v1/namespaces/corpus/configmaps',
  '/api/v1//namespaces/corpus/configmaps',
  '/api/v1/namespaces/corpus/configmaps//one',
  '/api/v1/namespaces/corpus/configmaps/../secrets',
  '/api/v1/namespaces/corpus/./configmaps',
  '/api/v1/namespaces/corpus/%2e%2e/kube-system/configmaps',
  '/api/v1/namespaces/corpus%2Fconfigmaps/one',
  '/api/v1/namespaces/corpus/configmaps/one%5Ctwo',
  '/api/v1/namespaces/corpus/configmaps;v=1/one',
  '/api/v1/namespaces/corpus/configmaps/one%00',
  '/api/v1/namespaces/corpus/configmaps/%ff',
  '/api/v1/namespaces/corpus/configmaps?watch=1&watch=0',
  '/api/v1/namespaces/corpus/configmaps?labelSelector=a;watch=1',
  '/api/v1/namespaces/corpus/configmaps?labelSelector=%zz',
];
