import { messageOf } from '../errors.ts';
import { readTextFile, resolvePath } from './text-file.ts';
import type { YamlPath } from './yaml-file.ts';
import { Brought, type Problem } from './yaml-problems.ts';

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces every string that contains `${env:NAME}` or `${file:PATH}` by what they bring in, which is not looked at
 * again: a secret may itself contain `${`. A final line break of a file does not count.
 * @returns the new value, and a problem per reference that brought nothing; the message names it, never a value.
 */
export function resolveReferences(value: unknown, folder: string, env: Environment) {
  const problems: Problem[] = [];
  const visit = (node: unknown, path: YamlPath): unknown => {
    if (typeof node === 'string') {
      if (!node.includes('${')) return node;
      const result = bring(node, folder, env);
      problems.push(...result.wrong.map((message) => ({ path, at: 'value' as const, message })));
      return new Brought(node, result.text);
    }
    if (Array.isArray(node)) return node.map((item, i) => visit(item, [...path, i]));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, visit(member, [...path, key])]));
  };
  return { value: visit(value, []), problems };
}

function bring(raw: string, folder: string, env: Environment): { text: string; wrong: string[] } {
  const wrong: string[] = [];
  const text = raw.replace(/\$\{([^}]*)(\}?)/g, (reference: string, inner: string, close: string) => {
    const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(inner) ?? [];
    if (kind === undefined || close === '') {
      wrong.push(`expected \${env:NAME} or \${file:PATH}, got ${JSON.stringify(reference)}`);
      return '';
    }
    const found = kind === 'env' ? fromEnvironment(name, env) : fromFile(name, folder);
    if ('wrong' in found) wrong.push(`${reference}: ${found.wrong}`);
    return 'text' in found ? found.text : '';
  });
  return { text, wrong };
}

type Found = { readonly text: string } | { readonly wrong: string };

function fromEnvironment(name: string, env: Environment): Found {
  const text = env[name];
  if (text === undefined) return { wrong: `the environment variable ${name} is not set` };
  return text === '' ? { wrong: `the environment variable ${name} is empty` } : { text };
}

function fromFile(path: string, folder: string): Found {
  const file = resolvePath(path, folder);
  try {
    const text = readTextFile(file).replace(/\r?\n$/, '');
    return text === '' ? { wrong: `${file} is empty` } : { text };
  } catch (error) {
    return { wrong: `cannot read ${file}: ${messageOf(error)}` };
  }
}
