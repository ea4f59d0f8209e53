import { isObject, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { type Finding, isEmpty, objectsIn, Powers, part, textsIn } from './powers.ts';

/** How a service can be reached, and whom those who reach it get. */
export function serviceEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  return servicePowers(after, before !== undefined).since(servicePowers(before ?? {}, before !== undefined));
}

const OPEN: ReadonlySet<unknown> = new Set(['NodePort', 'LoadBalancer']);

/** @param known a new service sends nobody elsewhere: nobody used it */
function servicePowers(service: JsonObject, known: boolean): Powers {
  const powers = new Powers();
  const spec = part(service, 'spec');
  const { type, externalName, loadBalancerSourceRanges, publishNotReadyAddresses } = spec;
  if (OPEN.has(type)) {
    powers.hold('exposure', 'on every node');
    for (const { port, protocol, nodePort } of objectsIn(spec.ports, 'ports', powers)) {
      powers.hold('exposure', 'port', `${String(port)}/${String(protocol ?? 'TCP')}`);
      if (typeof nodePort === 'number') powers.hold('exposure', 'node port', `${nodePort}`);
    }
  }
  if (type === 'LoadBalancer') {
    powers.hold('exposure', 'load balancer');
    powers.fix('exposure', 'loadBalancerIP', spec.loadBalancerIP);
    const ranges = textsIn(loadBalancerSourceRanges, 'loadBalancerSourceRanges', powers);
    if (ranges.length === 0) powers.holdEvery('exposure', 'from');
    for (const range of ranges) powers.hold('exposure', 'from', range);
  }
  for (const address of textsIn(spec.externalIPs, 'externalIPs', powers)) powers.hold('exposure', 'address', address);
  // A name that leads out of the cluster.
  if (type === 'ExternalName' || !isEmpty(externalName)) {
    powers.hold('exposure', 'externalName', String(externalName)).hold('traffic', 'externalName', String(externalName));
  }
  if (publishNotReadyAddresses === true) powers.hold('traffic', 'to pods that are not ready');
  // Who chooses the load balancer says by annotations whether it is open to all.
  const orders = Object.entries(annotations(service)).filter(([key]) =>
    /load-?balancer|neg|expose|external-dns/.test(key),
  );
  for (const [key, value] of orders) powers.fix('exposure', key, value);
  return known ? powers.fix('traffic', 'selector', spec.selector).fix('traffic', 'ports', portTargets(spec)) : powers;
}

/** Where the ports of a service lead; another name for a port leads nowhere else. */
function portTargets(spec: JsonObject): JsonObject {
  const ports = objectsIn(spec.ports, 'ports', new Powers());
  return Object.fromEntries(
    ports.map(({ port, protocol, targetPort }) => [
      `${String(port)}/${String(protocol ?? 'TCP')}`,
      targetPort ?? port ?? null,
    ]),
  );
}

function annotations(object: JsonObject): JsonObject {
  const found = metadataOf(object).annotations;
  return isObject(found) ? found : {};
}

/** Which hosts and paths an ingress opens, and to whom they lead. */
export function ingressEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  return ingressPowers(after, before !== undefined).since(ingressPowers(before ?? {}, before !== undefined));
}

function ingressPowers(ingress: JsonObject, known: boolean): Powers {
  const powers = new Powers();
  const spec = part(ingress, 'spec');
  if (!isEmpty(spec.defaultBackend)) {
    powers.hold('exposure', 'everything');
    if (known) powers.fix('traffic', 'everything', spec.defaultBackend);
  }
  for (const rule of objectsIn(spec.rules, 'rules', powers)) {
    const host = String(rule.host ?? '*');
    for (const { path, pathType, backend } of objectsIn(part(rule, 'http').paths, 'paths', powers)) {
      const place = `${host} ${String(pathType)} ${String(path ?? '/')}`;
      powers.hold('exposure', place);
      if (known) powers.hold('traffic', place, JSON.stringify(backend ?? null));
    }
  }
  if (!known) return powers;
  powers.fix('exposure', 'class', spec.ingressClassName).fix('exposure', 'tls', spec.tls);
  // Their controllers take orders by annotations: who must show who they are, what is rewritten, what is run.
  for (const [key, value] of Object.entries(annotations(ingress)))
    if (!/^kubectl\.kubernetes\.io\/|^meta\.helm\.sh\//.test(key)) powers.fix('exposure', key, value);
  return powers;
}
