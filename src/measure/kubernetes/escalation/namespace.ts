import { isObject, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { type Finding, Powers } from './powers.ts';

const PREFIX = 'pod-security.kubernetes.io/';
/** The standards from the strictest on; each allows what those before it do. */
const STANDARDS = ['restricted', 'baseline', 'privileged'];
/** Annotations by which admission treats the pods of a namespace. */
const ORDERS = /^scheduler\.alpha\.kubernetes\.io\/|^openshift\.io\/|^iam\.amazonaws\.com\//;

/** Whether the pods of a namespace may do more, or are chosen by other policies and webhooks than before. */
export function namespaceEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const found = standards(after).since(standards(before ?? {}));
  if (before === undefined) return found;
  for (const one of others(after).since(others(before))) found.add(one);
  return found;
}

function standards(namespace: JsonObject): Powers {
  const powers = new Powers();
  const { labels } = metadataOf(namespace);
  const own = isObject(labels) ? labels : {};
  for (const mode of ['enforce', 'audit', 'warn']) {
    // Nothing said is whatever the server does by default, which is nothing unless it is told otherwise.
    const rank = STANDARDS.indexOf(String(own[PREFIX + mode] ?? 'privileged'));
    const allows = rank < 0 ? [...STANDARDS, String(own[PREFIX + mode])] : STANDARDS.slice(0, rank + 1);
    for (const standard of allows) powers.hold('pod security', mode, standard);
    if (rank !== STANDARDS.length - 1) powers.fix('pod security', `${mode} version`, own[`${PREFIX}${mode}-version`]);
  }
  return powers;
}

function others(namespace: JsonObject): Powers {
  const powers = new Powers();
  const { labels, annotations } = metadataOf(namespace);
  for (const [key, value] of Object.entries(isObject(labels) ? labels : {}))
    if (!key.startsWith(PREFIX)) powers.fix('namespace labels', key, value);
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {}))
    if (ORDERS.test(key)) powers.fix('pod security', key, value);
  return powers;
}
