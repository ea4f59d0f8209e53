import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOpa } from '../../src/review/opa.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Building OPA takes a minute on a machine that has none yet. */
export const FIRST_TIME = 300_000;

/** The OPA that the committed bundle is built with. */
export function pinnedOpa(): Promise<string> {
  return findOpa({ exact: true });
}

/** A copy of the policy library that a test may break, and what removes it. */
export async function copyLibrary(): Promise<{ rego: string; folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-library-'));
  await cp(join(ROOT, 'rego'), join(folder, 'rego'), { recursive: true });
  return { rego: join(folder, 'rego'), folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
