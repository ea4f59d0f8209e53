import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { fixOthers, type Powers, part, textsIn } from './powers.ts';

const POD: ReadonlySet<string> = new Set([
  'seLinuxOptions',
  'windowsOptions',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'seccompProfile',
  'appArmorProfile',
  'seLinuxChangePolicy',
]);
const CONTAINER: ReadonlySet<string> = new Set([
  'capabilities',
  'privileged',
  'seLinuxOptions',
  'windowsOptions',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'readOnlyRootFilesystem',
  'allowPrivilegeEscalation',
  'procMount',
  'seccompProfile',
  'appArmorProfile',
]);

/** What a pod's own security context gives to all of its containers. */
export function podSecurity(context: JsonObject, powers: Powers): void {
  fixOthers(context, POD, 'securityContext', powers);
  for (const group of numbersIn(context.supplementalGroups)) powers.hold('privileged', 'group', `${group}`);
  if (typeof context.fsGroup === 'number') powers.hold('privileged', 'group', `${context.fsGroup}`);
  // `Merge`, the default, adds the groups that the image gives its user.
  if (context.supplementalGroupsPolicy !== 'Strict') powers.hold('privileged', 'groups of the image');
  const sysctls = isArray(context.sysctls) ? context.sysctls.filter(isObject) : [];
  for (const { name, value } of sysctls) powers.hold('privileged', 'sysctl', `${String(name)}=${String(value)}`);
}

/** What a container may do to the kernel that it shares, by its own security context and that of its pod. */
export function containerSecurity(own: JsonObject, pod: JsonObject, powers: Powers): void {
  fixOthers(own, CONTAINER, 'securityContext', powers);
  const effective = (name: string): Json | undefined => own[name] ?? pod[name] ?? undefined;
  if (own.privileged === true) {
    powers.hold('privileged', 'privileged').hold('privileged', 'seccomp perhaps unconfined');
    powers.hold('privileged', 'privilege escalation');
    for (const kind of ['capability', 'seccomp', 'AppArmor']) powers.holdEvery('privileged', kind);
  }
  if (own.allowPrivilegeEscalation !== false) powers.hold('privileged', 'privilege escalation');
  if (own.readOnlyRootFilesystem !== true) powers.hold('privileged', 'writable root');
  if ((own.procMount ?? 'Default') !== 'Default') powers.hold('privileged', 'procMount', String(own.procMount));
  capabilities(part(own, 'capabilities'), powers);
  user(effective('runAsUser'), effective('runAsNonRoot') === true, powers);
  group(effective('runAsGroup'), powers);
  seccomp(effective('seccompProfile'), powers);
  appArmor(effective('appArmorProfile'), powers);
  powers.fix('privileged', 'seLinuxOptions', effective('seLinuxOptions'));
  powers.fix('privileged', 'windowsOptions', effective('windowsOptions'));
}

/** What container runtimes give where nothing is said. */
const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

function capabilities({ add, drop }: JsonObject, powers: Powers): void {
  const added = new Set(textsIn(add, 'capabilities added', powers).map(capability));
  const dropped = new Set(textsIn(drop, 'capabilities dropped', powers).map(capability));
  if (added.has('ALL')) {
    // All but a few is not all, but more than any that are named one by one.
    if (dropped.size === 0) powers.holdEvery('privileged', 'capability');
    else powers.hold('privileged', 'capability', `all but ${[...dropped].sort().join()}`);
    return;
  }
  const kept = dropped.has('ALL') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name));
  // What is both added and dropped, runtimes do not agree about.
  for (const name of [...kept, ...added]) powers.hold('privileged', 'capability', name);
}

function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

/** Root may be anybody; what the image says may be root unless that is forbidden. */
function user(uid: Json | undefined, nonRoot: boolean, powers: Powers): void {
  if (typeof uid === 'number' && uid !== 0) {
    powers.hold('privileged', 'user', `${uid}`);
    return;
  }
  powers.holdEvery('privileged', 'user');
  if (!nonRoot) powers.hold('privileged', 'perhaps root');
  if (uid === 0) powers.hold('privileged', 'root');
}

function group(gid: Json | undefined, powers: Powers): void {
  if (typeof gid === 'number' && gid !== 0) powers.hold('privileged', 'primary group', `${gid}`);
  // Without one it is the image's, which is root's unless the image names another.
  else powers.holdEvery('privileged', 'primary group');
  if (gid === 0) powers.hold('privileged', 'root group');
}

function seccomp(profile: Json | undefined, powers: Powers): void {
  const { type, localhostProfile } = isObject(profile) ? profile : { type: undefined, localhostProfile: undefined };
  if (type === 'RuntimeDefault') return;
  if (type === 'Localhost') powers.hold('privileged', 'seccomp', `localhost ${String(localhostProfile)}`);
  // Nothing said is unconfined unless the node says otherwise.
  else powers.hold('privileged', 'seccomp perhaps unconfined');
  if (type !== undefined && type !== 'Localhost') powers.hold('privileged', 'seccomp', String(type));
}

function appArmor(profile: Json | undefined, powers: Powers): void {
  const { type, localhostProfile } = isObject(profile) ? profile : { type: undefined, localhostProfile: undefined };
  // Nothing said is the runtime's default.
  if (type === undefined || type === 'RuntimeDefault') return;
  powers.hold('privileged', 'AppArmor', `${String(type)} ${String(localhostProfile ?? '')}`);
}

function numbersIn(value: Json | undefined): readonly number[] {
  return isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}
