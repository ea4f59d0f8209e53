import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { imageSource } from './image-source.ts';
import { type Finding, fixOthers, isEmpty, objectsIn, Powers, part } from './powers.ts';
import { containerSecurity, podSecurity } from './security-context.ts';
import { environment, mounts, podVolumes, pullSecrets } from './volumes.ts';

const SPEC: ReadonlySet<string> = new Set([
  // Looked at below.
  'volumes',
  'initContainers',
  'containers',
  'ephemeralContainers',
  'serviceAccountName',
  'serviceAccount',
  'automountServiceAccountToken',
  'nodeName',
  'nodeSelector',
  'affinity',
  'tolerations',
  'schedulerName',
  'runtimeClassName',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'shareProcessNamespace',
  'securityContext',
  'imagePullSecrets',
  'priorityClassName',
  'dnsPolicy',
  'dnsConfig',
  'hostAliases',
  'resourceClaims',
  // No power: how long, how named, how spread, how much.
  'restartPolicy',
  'terminationGracePeriodSeconds',
  'activeDeadlineSeconds',
  'hostname',
  'hostnameOverride',
  'subdomain',
  'setHostnameAsFQDN',
  'readinessGates',
  'schedulingGates',
  'enableServiceLinks',
  'topologySpreadConstraints',
  'os',
  'resources',
  // Made from the priority class and the runtime class by the server, which takes no others.
  'priority',
  'preemptionPolicy',
  'overhead',
]);

const CONTAINER: ReadonlySet<string> = new Set([
  // Looked at below.
  'name',
  'image',
  'command',
  'args',
  'lifecycle',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'ports',
  'env',
  'envFrom',
  'resources',
  'volumeMounts',
  'volumeDevices',
  'securityContext',
  'targetContainerName',
  // No power.
  'workingDir',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'stdin',
  'stdinOnce',
  'tty',
]);
const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * What pods of one specification can do that those of another could not. Without a `before`, what they can do beyond a pod of
 * which nothing special is said.
 */
export function podEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  const old = before ?? {};
  const found = podPowers(after).since(podPowers(old));
  const [was, is] = [containersOf(old), containersOf(after)];
  if (was === undefined || is === undefined) return found.add('unknown');
  for (const [name, container] of is) {
    const previous = was.get(name);
    if (previous === undefined) found.add('containers');
    const base = containerPowers(previous ?? {}, old, previous !== undefined);
    for (const one of containerPowers(container, after, previous !== undefined).since(base)) found.add(one);
  }
  return found;
}

/** By list and name; undefined where they cannot be told apart. */
function containersOf(spec: JsonObject): ReadonlyMap<string, JsonObject> | undefined {
  const found = new Map<string, JsonObject>();
  for (const list of LISTS) {
    const containers = spec[list] ?? [];
    if (!isArray(containers)) return undefined;
    for (const container of containers) {
      if (!isObject(container) || typeof container.name !== 'string') return undefined;
      const key = `${list}/${container.name}`;
      if (found.has(key)) return undefined;
      found.set(key, container);
    }
  }
  return found;
}

function podPowers(spec: JsonObject): Powers {
  const powers = new Powers();
  fixOthers(spec, SPEC, 'spec', powers);
  for (const host of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
    if (spec[host] === true) powers.hold('host access', host);
  if (spec.hostUsers !== false) powers.hold('host access', 'users of the host');
  if (spec.shareProcessNamespace === true) powers.hold('privileged', 'processes of the other containers');
  podSecurity(part(spec, 'securityContext'), powers);
  podVolumes(spec, powers);
  pullSecrets(spec.imagePullSecrets, powers);
  actsAs(spec, powers);
  placement(spec, powers);
  powers.fix('priority', 'priorityClassName', spec.priorityClassName);
  if ((spec.dnsPolicy ?? 'ClusterFirst') !== 'ClusterFirst') powers.fix('name resolution', 'dnsPolicy', spec.dnsPolicy);
  powers.fix('name resolution', 'dnsConfig', spec.dnsConfig).fix('name resolution', 'hostAliases', spec.hostAliases);
  powers.fix('host access', 'resourceClaims', spec.resourceClaims);
  return powers;
}

function actsAs(spec: JsonObject, powers: Powers): void {
  const account = [spec.serviceAccountName, spec.serviceAccount].find((name) => !isEmpty(name)) ?? 'default';
  powers.hold('service account', 'is', String(account));
  // Where nothing is said the account itself may say no.
  if (spec.automountServiceAccountToken !== false) powers.hold('service account', 'token');
  if (spec.automountServiceAccountToken === true) powers.hold('service account', 'token whatever the account says');
}

/** What every pod gets from the server. */
const USUAL_TOLERATIONS = new Set(['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);

function placement(spec: JsonObject, powers: Powers): void {
  powers.fix('node', 'nodeName', spec.nodeName);
  powers.fix('node', 'nodeSelector', spec.nodeSelector);
  powers.fix('node', 'affinity', spec.affinity);
  powers.fix('node', 'runtimeClassName', spec.runtimeClassName);
  if ((spec.schedulerName ?? 'default-scheduler') !== 'default-scheduler')
    powers.fix('node', 'schedulerName', spec.schedulerName);
  for (const { key, operator, value, effect } of objectsIn(spec.tolerations, 'tolerations', powers)) {
    if (effect === 'NoExecute' && operator === 'Exists' && USUAL_TOLERATIONS.has(String(key))) continue;
    const of = `${String(key ?? '')} ${String(operator ?? 'Equal')} ${String(value ?? '')}`;
    // One without an effect tolerates all of them.
    if (isEmpty(effect)) powers.holdEvery('node', `tolerates ${of}`);
    else powers.hold('node', `tolerates ${of}`, String(effect));
  }
}

/** @param known whether it was there before: what it runs is then a change, else it is part of being new */
function containerPowers(container: JsonObject, spec: JsonObject, known: boolean): Powers {
  const powers = new Powers();
  fixOthers(container, CONTAINER, 'container', powers);
  containerSecurity(part(container, 'securityContext'), part(spec, 'securityContext'), powers);
  mounts(container, podVolumes(spec, new Powers()), powers);
  environment(container, powers);
  ports(container, powers);
  devices(part(container, 'resources'), powers);
  if (!known) return powers;
  powers.fix('image', 'image', container.image);
  powers.fix('image source', 'image', typeof container.image === 'string' ? imageSource(container.image) : undefined);
  powers.fix('command', 'command', container.command).fix('command', 'args', container.args);
  powers.fix('command', 'lifecycle', container.lifecycle);
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    probing(part(container, probe), probe, powers);
  powers.fix('privileged', 'targetContainerName', container.targetContainerName);
  return powers;
}

/** A probe may run a program, and have the node call any address. */
function probing(probe: JsonObject, name: string, powers: Powers): void {
  powers.fix('command', `${name} exec`, probe.exec);
  for (const kind of ['httpGet', 'tcpSocket']) {
    const { host } = part(probe, kind);
    if (!isEmpty(host)) powers.hold('host access', 'probes', String(host));
  }
}

function ports(container: JsonObject, powers: Powers): void {
  for (const { hostPort, hostIP, protocol } of objectsIn(container.ports, 'ports', powers)) {
    if (typeof hostPort !== 'number' || hostPort === 0) continue;
    powers.hold('host access', `port ${hostPort}/${String(protocol ?? 'TCP')}`, String(hostIP ?? ''));
  }
}

/** Extended resources are devices of the node; those of Kubernetes itself are shares of its time and space. */
function devices({ limits, requests, claims }: JsonObject, powers: Powers): void {
  for (const list of [limits, requests])
    for (const name of Object.keys(isObject(list) ? list : {}))
      if (isDevice(name)) powers.hold('host access', 'device', name);
  for (const claim of claimsIn(claims)) powers.hold('host access', 'claim', claim);
}

function isDevice(name: string): boolean {
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);
}

function claimsIn(claims: Json | undefined): readonly string[] {
  return isArray(claims)
    ? claims.filter(isObject).map(({ name, request }) => `${String(name)} ${String(request ?? '')}`)
    : [];
}
