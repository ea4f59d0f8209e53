import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../lab/certificates.ts';

/** Where the parts of a benchmark find their certificates: `ca.pem`, `cert.pem` and `key.pem`, for `localhost`. */
export interface BenchFolder {
  readonly path: string;
  readonly caFile: string;
  /** PEM of the CA. */
  readonly ca: string;
  remove(): void;
}

export function makeBenchFolder(): BenchFolder {
  const path = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const authority = createAuthority(new Date());
  const pair = authority.server(['localhost'], ['127.0.0.1']);
  const caFile = join(path, 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  writeFileSync(join(path, 'key.pem'), pair.key);
  writeFileSync(join(path, 'cert.pem'), pair.certificate);
  return { path, caFile, ca: authority.certificate, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The path of a script of `hops/`. */
export function hopScript(name: string): string {
  return new URL(`hops/${name}.ts`, import.meta.url).pathname;
}
