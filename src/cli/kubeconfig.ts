import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type Document, isMap, isSeq, parseDocument, stringify } from 'yaml';
import { messageOf, SallyportError } from '../errors.ts';

export interface KubeconfigParts {
  readonly route: string;
  readonly agent: string;
  /** `https://host:port/prefix`. */
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
}

export interface Kubeconfig {
  readonly context: string;
  readonly value: KubeconfigValue;
  readonly text: string;
}

interface KubeconfigValue {
  readonly apiVersion: 'v1';
  readonly kind: 'Config';
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
  readonly 'current-context': string;
}

interface Named {
  readonly name: string;
}

/** A whole kubeconfig for one agent on one route; the CA is embedded, because the gate's is its own. */
export function kubeconfigFor(parts: KubeconfigParts): Kubeconfig {
  const cluster = `sallyport-${parts.route}`;
  const user = `sallyport-${parts.agent}-${parts.route}`;
  const value = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: cluster,
        cluster: {
          server: parts.server,
          'certificate-authority-data': Buffer.from(parts.caPem, 'utf8').toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: { token: parts.token } }],
    contexts: [{ name: user, context: { cluster, user } }],
    'current-context': user,
  } as const;
  return { context: user, value, text: stringify(value, { lineWidth: 0 }) };
}

/**
 * Puts the entries into a kubeconfig file, replacing those of the same name, keeping everything else of it, comments
 * too. The current context is set only where there was none. The file is replaced at once and readable by its owner only.
 * @throws SallyportError `usage/invalid` when the file is not a kubeconfig or cannot be written.
 */
export async function mergeIntoFile(file: string, kubeconfig: Kubeconfig): Promise<void> {
  const before = await readIfThere(file);
  const text = before === undefined ? kubeconfig.text : merge(file, before, kubeconfig.value);
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new SallyportError('usage/invalid', `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

function merge(file: string, before: string, value: KubeconfigValue): string {
  const document = parseDocument(before);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new SallyportError('usage/invalid', `${file} is not a kubeconfig and is left as it is`, {
      fix: 'name another file with --out, or print to stdout',
    });
  }
  if (document.contents === null) return stringify(value, { lineWidth: 0 });
  for (const list of ['clusters', 'users', 'contexts'] as const) {
    for (const entry of value[list]) putNamed(document, list, entry);
  }
  if (!document.get('current-context')) document.set('current-context', value['current-context']);
  return document.toString({ lineWidth: 0 });
}

function putNamed(document: Document, list: string, entry: Named): void {
  const sequence = document.get(list);
  if (!isSeq(sequence)) {
    document.set(list, document.createNode([entry]));
    return;
  }
  const index = sequence.items.findIndex((item) => isMap(item) && item.get('name') === entry.name);
  if (index === -1) sequence.add(document.createNode(entry));
  else sequence.set(index, document.createNode(entry));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new SallyportError('usage/invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
