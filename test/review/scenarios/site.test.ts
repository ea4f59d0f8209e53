import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/decide/bundle.ts';
import { sourceDigest } from '../../../src/decide/source-digest.ts';
import { readTarGz } from '../../../src/decide/tar.ts';
import { packTar } from '../../../src/review/pack-tar.ts';
import { type TestOptions, testBundle } from '../../../src/review/scenarios/test-library.ts';
import { opa } from '../../decide/rego-lab.ts';
import { packSettings } from '../../decide/site-lab.ts';
import { copyLibrary, FIRST_TIME, ROOT } from '../library.ts';
import { suiteFolder } from './suite-file.ts';

// A site's bundle beside the committed one, judged as the gate judges them.

const BUNDLE = join(ROOT, 'bundles/sallyport.tar.gz');
const FRIDAY = `# METADATA
# title: Friday afternoons
# description: Nobody deletes on a Friday afternoon.
package site.rules.calm.friday

answer := [{"effect": "deny", "message": "it is Friday", "fix": "wait for Monday"}] if {
	time.weekday(time.parse_rfc3339_ns(input.call.time)) == "Friday"
} else := []
`;

const suites = suiteFolder();
let rules: string;
let closed: string;
beforeAll(async () => {
  rules = suites.write('rules.tar.gz', await buildRules());
  const { settings } = readBundle(readFileSync(BUNDLE)).data;
  const standard = JSON.parse(JSON.stringify(settings));
  closed = suites.write(
    'settings.tar.gz',
    packSettings({ windows: { ...standard.windows, environments: { dev: { outside: 'deny', weekly: [] } } } }),
  );
}, FIRST_TIME);
afterAll(() => suites.remove());

/** The library and a rule of the site's, compiled together. */
async function buildRules(): Promise<Uint8Array> {
  const library = await copyLibrary();
  try {
    const place = join(library.rego, 'site/rules/calm/friday/friday.rego');
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, FRIDAY);
    await writeFile(join(library.rego, 'site/main.rego'), 'package site\n\ndecision := data.sallyport.decision\n');
    const out = join(library.folder, 'site.tar.gz');
    await opa(
      [
        'build',
        '-t',
        'wasm',
        '-e',
        'site/decision',
        '--capabilities',
        'capabilities.json',
        '-o',
        out,
        'sallyport',
        'site',
      ],
      library.rego,
    );
    const wasm = readTarGz(await readFile(out)).get('policy.wasm') ?? new Uint8Array();
    const bundle = readBundle(readFileSync(BUNDLE));
    const entry = { id: 'site/calm/friday', category: 'calm', rule: 'friday' };
    const manifest = {
      rules: { [entry.id]: { title: 'Friday afternoons', needs: 'facts', effect: 'deny', classes: ['delete'] } },
      index: { request: { unknown: [] }, facts: { delete: [entry], unknown: [entry], write: [] } },
    };
    const data = {
      site: { settings: {}, manifest, library: { digest: sourceDigest(bundle.files), settings: bundle.data.settings } },
    };
    return packTar(
      new Map([
        [
          '.manifest',
          Buffer.from(
            JSON.stringify({
              revision: 'site',
              roots: ['site'],
              wasm: [{ entrypoint: 'site/decision', module: '/policy.wasm' }],
            }),
          ),
        ],
        ['data.json', Buffer.from(JSON.stringify(data))],
        ['policy.wasm', wasm],
        ['site/rules/calm/friday/friday.rego', Buffer.from(FRIDAY)],
      ]),
    );
  } finally {
    await library.remove();
  }
}

const HEAD = `suite: Mine
defaults:
  time: 2026-11-20T10:00:00Z
  agent: {level: 4}
  call: kubectl delete pod web-1 -n shop
  facts: {environment: dev, blast: {objects: 1, pods: 1}, way_back: not_needed, escalates: []}
cases:
`;

async function test(file: string, trust: readonly string[], text: string) {
  const suite = join(suites.folder, 'mine.yaml');
  writeFileSync(suite, HEAD + text);
  const options: TestOptions = {
    files: [suite],
    filter: undefined,
    explain: false,
    coverageMin: undefined,
    strictCoverage: false,
    site: { file, trust },
  };
  const { tests, coverage } = await testBundle(BUNDLE, options);
  return { why: tests.map(({ why }) => why.filter((line) => !line.startsWith('hint: '))), coverage };
}

describe("a site's bundle is tested beside the library", () => {
  it('its rules are known, judged, and the only ones that its scenarios must cover', async () => {
    const { why, coverage } = await test(
      rules,
      [],
      `  - name: on a Friday
    expect: {outcome: deny, by: policy, rules: {includes: [site/calm/friday]}, message: it is Friday}
  - name: on a Wednesday
    time: 2026-11-18T10:00:00Z
    expect: {outcome: allow, not_rules: [site/calm/friday, windows/open]}
  - name: no deletion
    call: kubectl scale deployment/web --replicas=2 -n shop
    facts: {way_back: inverse}
    expect: {outcome: allow, not_rules: [site/calm/friday]}
`,
    );
    expect(why).toEqual([[], [], []]);
    expect(coverage).toEqual({
      percent: 100,
      rules: [
        {
          rule: 'site/calm/friday',
          title: 'Friday afternoons',
          effects: { deny: 1 },
          fired: 1,
          silent: 1,
          missing: [],
        },
      ],
    });
  });

  it('its settings hold, and a case may change them where they stand', async () => {
    const { why } = await test(
      closed,
      ['windows'],
      `  - name: never in dev
    expect: {outcome: deny, rules: [windows/open]}
  - name: but on a Friday
    settings: {windows: {environments: {dev: {weekly: [{days: [fri], from: "09:00", to: "17:00", zone: UTC}]}}}}
    expect: {outcome: allow}
`,
    );
    expect(why).toEqual([[], []]);
  });
});
