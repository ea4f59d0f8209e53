import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config, Route } from '../config.ts';
import { SallyportError } from '../errors.ts';
import { isObject } from '../json.ts';
import { NO_LABELS } from '../labels.ts';
import { readKubeconfig } from '../settle/kubeconfig.ts';
import { OPERATOR_DEFAULTS, sharedAudiences } from './operators.ts';
import { type Environment, resolveReferences } from './references.ts';
import { collidingRoutes } from './routes.ts';
import { configSchema, DEFAULTS } from './schema.ts';
import { resolvePath } from './text-file.ts';
import { address, isLoopback } from './values.ts';
import { readYamlFile } from './yaml-file.ts';
import { Brought, invalidFile, type Problem, problemsOf, valueAt } from './yaml-problems.ts';

/**
 * Reads and checks `sallyport.yaml`. `~` is the home folder, relative paths are relative to the file's folder, and
 * `${env:NAME}` and `${file:PATH}` inside a string bring in secrets.
 * @param path shown in errors as given
 * @throws SallyportError `config/invalid`: all that is wrong, a line each, `file:line:column: key: what was found and
 * expected`; a secret is never repeated
 */
export function readConfig(path: string, env: Environment = process.env): Config {
  const yaml = readYamlFile(path, 'a sallyport configuration');
  const folder = dirname(resolve(path));
  const { value, problems: unresolved } = resolveReferences(yaml.value, folder, env);
  const result = configSchema(folder, packageBundle()).safeParse(value);
  // What could not be brought in is missing, not of the wrong kind: one complaint is enough.
  const told = new Set(unresolved.map((problem) => JSON.stringify(problem.path)));
  const misshapen = result.success ? [] : problemsOf(result.error.issues, value);
  const problems = [
    ...unresolved,
    ...misshapen.filter((problem) => !told.has(JSON.stringify(problem.path))),
    ...collidingRoutes(value),
    ...repeated(value, ['bundle', 'keys'], 'id'),
    ...repeated(value, ['bundle', 'site', 'keys'], 'id'),
    ...repeated(value, ['notify', 'targets'], 'name'),
    ...repeated(value, ['identity', 'issuers'], 'issuer'),
    ...repeated(value, ['identity', 'certificates'], 'issuer'),
    ...repeated(value, ['operators', 'issuers'], 'issuer'),
    ...sharedAudiences(value),
    ...sharedLabels(value),
    ...clashingAddresses(value),
  ];
  if (problems.length > 0 || !result.success) throw invalidFile(yaml, problems);
  return { source: resolve(path), ...result.data };
}

/**
 * The whole configuration that `serve --kubeconfig F --context C` stands for: one route to that cluster, named after
 * the context, with every default. Relative paths are relative to the working folder.
 * @param context undefined: the kubeconfig's current context
 * @throws SallyportError `config/invalid` when the kubeconfig cannot be used
 */
export function configFromKubeconfig(from: { kubeconfig: string; context?: string; state?: string }): Config {
  const file = resolvePath(from.kubeconfig, process.cwd());
  const { context } = readKubeconfig(file, from.context);
  const name = slugOf(context);
  const state = resolvePath(from.state ?? 'var', process.cwd());
  const route: Route = {
    name,
    surface: 'kubernetes',
    at: `/kube/${name}`,
    labels: NO_LABELS,
    mode: { kind: 'enforce' },
    impersonate: true,
    upstream: { kind: 'kubeconfig', file, context },
  };
  return {
    source: `--kubeconfig ${from.kubeconfig} --context ${context}`,
    listen: DEFAULTS.listen,
    operate: { ...DEFAULTS.operate, insecure: false },
    tls: undefined,
    state,
    store: { kind: 'sqlite', path: join(state, 'sallyport.db') },
    bundle: { from: { kind: 'file', path: packageBundle(), watch: false }, keys: [], site: undefined },
    identity: { issuers: [], certificates: [], skew: DEFAULTS.skew },
    operators: OPERATOR_DEFAULTS,
    labels: DEFAULTS.labels,
    limits: DEFAULTS.limits,
    evaluation: DEFAULTS.evaluation,
    holds: DEFAULTS.holds,
    notify: DEFAULTS.notify,
    routes: [route],
    probes: [],
  };
}

/**
 * The bundle that comes with the package, found from where this module is: `src/`, `dist/` or `dist/src/`.
 * @throws SallyportError `bundle/invalid` when the module is not inside the package
 */
export function packageBundle(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isOurPackage(join(folder, 'package.json'))) return join(folder, 'bundles', 'sallyport.tar.gz');
    if (folder === dirname(folder)) break;
  }
  throw new SallyportError('bundle/invalid', `the package sallyport was not found above ${from}`, {
    fix: 'name a bundle under bundle.path in sallyport.yaml',
  });
}

function isOurPackage(file: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isObject(manifest) && manifest.name === 'sallyport';
  } catch {
    return false;
  }
}

/** A route's name from a context's: `arn:aws:eks:eu-west-1:1:cluster/Prod` → `arn-aws-eks-eu-west-1-1-cluster-prod`. */
function slugOf(context: string): string {
  const slug = context
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'cluster' : slug;
}

function repeated(config: unknown, list: readonly string[], key: string): Problem[] {
  const items = valueAt(config, list);
  if (!Array.isArray(items)) return [];
  const names = items.map((item) => valueAt(item, [key]));
  return names.flatMap((name, i): Problem[] => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === i) return [];
    const message = `${JSON.stringify(name)} is given in ${list.join('.')}[${first}] too`;
    return [{ path: [...list, i, key], at: 'value', message }];
  });
}

/** Two meanings read from one label would let a change of the harmless one be a change of the other. */
function sharedLabels(config: unknown): Problem[] {
  const given = valueAt(config, ['labels']);
  if (!isObject(given)) return [];
  const keys = Object.entries({ ...DEFAULTS.labels, ...given });
  return Object.keys(given).flatMap((meaning): Problem[] => {
    const other = keys.find(([name, key]) => name !== meaning && typeof key === 'string' && key === given[meaning]);
    if (other === undefined) return [];
    return [{ path: ['labels', meaning], at: 'value', message: `the same label is read for ${other[0]}` }];
  });
}

function clashingAddresses(config: unknown): Problem[] {
  const listen = addressAt(config, 'listen', DEFAULTS.listen);
  const operate = addressAt(config, 'operate', DEFAULTS.operate);
  const problems: Problem[] = [];
  if (valueAt(config, ['operateInsecure']) === true && operate !== undefined && !isLoopback(operate.host)) {
    const message = `plain HTTP is for loopback only, and operate is ${operate.host}`;
    problems.push({ path: ['operateInsecure'], at: 'value', message });
  }
  if (listen !== undefined && operate !== undefined && listen.port !== 0) {
    if (listen.host === operate.host && listen.port === operate.port) {
      const key = valueAt(config, ['operate']) === undefined ? 'listen' : 'operate';
      problems.push({ path: [key], at: 'value', message: 'listen and operate are the same address' });
    }
  }
  return problems;
}

function addressAt(config: unknown, key: string, fallback: Config['listen']): Config['listen'] | undefined {
  const value = valueAt(config, [key]);
  if (value === undefined) return fallback;
  return address().safeParse(value instanceof Brought ? value.text : value).data;
}
