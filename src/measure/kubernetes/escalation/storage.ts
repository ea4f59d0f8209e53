import type { JsonObject } from '../../../json.ts';
import { type Finding, Powers, part } from './powers.ts';

/** Which data a claim gets hold of: a volume of its own choice, or a copy of another one; more room is no power. */
export function claimEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  return claimPowers(after).since(claimPowers(before ?? {}));
}

function claimPowers(claim: JsonObject): Powers {
  const { volumeName, dataSource, dataSourceRef, selector } = part(claim, 'spec');
  const powers = new Powers().fix('storage', 'volumeName', volumeName).fix('storage', 'dataSource', dataSource);
  return powers.fix('storage', 'dataSourceRef', dataSourceRef).fix('storage', 'selector', selector);
}

/** What a volume is, whose it is, and who may write to it. */
export function volumeEscalations(before: JsonObject | undefined, after: JsonObject): Set<Finding> {
  return volumePowers(after).since(volumePowers(before ?? {}));
}

function volumePowers(volume: JsonObject): Powers {
  const { capacity: _, persistentVolumeReclaimPolicy: __, hostPath, local, ...spec } = part(volume, 'spec');
  const powers = new Powers().fix('host access', 'hostPath', hostPath).fix('host access', 'local', local);
  return powers.fix('storage', 'spec', spec);
}
