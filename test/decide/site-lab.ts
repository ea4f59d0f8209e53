import { type Bundle, readBundle } from '../../src/decide/bundle.ts';
import { readSiteBundle, type SiteBundle } from '../../src/decide/site-bundle.ts';
import { sourceDigest } from '../../src/decide/source-digest.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { buildBundle, DENY } from './rego-lab.ts';

/**
 * A tiny library: `settings.allowed` and `settings.held` list names of actions, a denied one is `forbidden`, and what is
 * neither nor granted by a site's rule is denied for want of a grant, as the real library does it.
 */
const LIBRARY = `package sallyport

import rego.v1

default decision := ${DENY}

decision := object.union(verdict("deny", "library/forbidden"), {}) if {
	input.action.name == "forbidden"
} else := object.union(verdict("hold", "library/held"), {"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}]}) if {
	input.action.name in data.settings.held
} else := verdict("allow", "library/allowed") if {
	input.action.name in data.settings.allowed
} else := verdict("allow", "site/granted") if {
	input.action.name in data.site.rules.granted
} else := verdict("deny", "main/default-deny") if {
	input.action.name != "unknown"
}

verdict(outcome, rule) := {
	"outcome": outcome, "tier": "A", "environment": "dev", "reasons": [{"rule": rule, "message": "", "fix": ""}],
	"warnings": [], "holds": [], "obligations": [],
}
`;

/** What the library's settings say. */
export const SETTINGS = { allowed: ['read', 'restart'], held: ['scale'] };

const files = { 'sallyport/main.rego': LIBRARY, 'data.json': JSON.stringify({ settings: SETTINGS }) };

/** The archive of the tiny library. */
export async function buildLibrary(revision = 'library', serial?: number): Promise<Uint8Array> {
  const manifest = { revision, roots: ['sallyport', 'settings'], ...metadata(serial) };
  const built = readTarGz(await buildBundle({ ...files, '.manifest': JSON.stringify(manifest) }));
  // OPA keeps sources under the names of the folder that it built in.
  const kept = [...built].filter(([name]) => !name.endsWith('.rego'));
  return packTar(new Map([...kept, ['sallyport/main.rego', Buffer.from(LIBRARY)]]));
}

/** A site's archive that only brings settings. */
export function packSettings(settings: object, over: { revision?: string; serial?: number } = {}): Uint8Array {
  const manifest = { revision: over.revision ?? 'site', roots: ['site'], ...metadata(over.serial) };
  return pack({ '.manifest': manifest, 'data.json': { site: { settings } } });
}

/**
 * A site's archive whose module grants the actions `granted` besides.
 * @param over.library the digest of the library it says that it was compiled with; default: that of the tiny library
 * @param over.tampered a module that allows whatever is known, whatever the library in it says
 */
export async function buildSite(
  granted: readonly string[],
  over: { settings?: object; library?: string; tampered?: true } = {},
): Promise<Uint8Array> {
  const library = over.tampered
    ? LIBRARY.replace('input.action.name == "forbidden"', 'false').replaceAll('in data.settings.held', '== ""')
    : LIBRARY;
  const built = readTarGz(
    await buildBundle(
      {
        'sallyport/main.rego': library,
        'site/main.rego': 'package site\n\nimport rego.v1\n\ndecision := data.sallyport.decision\n',
        'site/rules.rego': `package site.rules\n\nimport rego.v1\n\ngranted := ${JSON.stringify(granted)}\n`,
      },
      { entrypoint: 'site/decision' },
    ),
  );
  const digest = over.library ?? sourceDigest(readBundle(await buildLibrary()).files);
  const base = { digest, settings: SETTINGS };
  const site = { settings: over.settings ?? {}, manifest: { index: {} }, library: base };
  const wasm = [{ entrypoint: 'site/decision', module: '/policy.wasm' }];
  const module = built.get('policy.wasm') ?? new Uint8Array();
  return pack({ '.manifest': { revision: 'site', roots: ['site'], wasm }, 'data.json': { site } }, module);
}

/** Both members, read. */
export async function membersOf(site: Uint8Array): Promise<{ library: Bundle; bundle: SiteBundle }> {
  return { library: readBundle(await buildLibrary()), bundle: readSiteBundle(site) };
}

function metadata(serial: number | undefined): object {
  return serial === undefined ? {} : { metadata: { sallyport: { serial } } };
}

/** An archive of JSON files and perhaps a module. */
export function pack(json: Readonly<Record<string, unknown>>, module?: Uint8Array): Uint8Array {
  const entries = Object.entries(json).map(([name, value]) => [name, Buffer.from(JSON.stringify(value))] as const);
  return packTar(new Map<string, Uint8Array>([...entries, ...(module ? [['policy.wasm', module] as const] : [])]));
}
