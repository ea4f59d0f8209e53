import { writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSite } from '../../../src/review/build-site.ts';
import { type TestOptions, testBundle } from '../../../src/review/scenarios/test-library.ts';
import { FIRST_TIME, pinnedOpa, ROOT } from '../library.ts';
import { suiteFolder } from './suite-file.ts';

// A site's bundle beside the committed one, judged as the gate judges them.

const BUNDLE = join(ROOT, 'bundles/sallyport.tar.gz');
const FRIDAY = `# METADATA
# title: Calm
# description: What this site leaves alone.
package site.rules.calm.friday

# METADATA
# title: Friday afternoons
# description: Nobody deletes on a Friday.
# custom:
#   needs: facts
#   effect: deny
#   classes: [delete]
answer := [{"effect": "deny", "message": "it is Friday", "fix": "wait for Monday"}] if {
	time.weekday(time.parse_rfc3339_ns(input.call.time)) == "Friday"
} else := []
`;

const suites = suiteFolder();
let rules: string;
let closed: string;
beforeAll(async () => {
  const opa = await pinnedOpa();
  const build = async (name: string, file: string, text: string): Promise<string> => {
    const site = join(suites.folder, name);
    await mkdir(dirname(join(site, file)), { recursive: true });
    await writeFile(join(site, file), text);
    const out = join(suites.folder, `${name}.tar.gz`);
    await buildSite({
      site,
      rego: join(ROOT, 'rego'),
      out,
      opa: async () => opa,
      dataOnly: false,
      version: '0.1.0',
      serial: 1,
    });
    return out;
  };
  rules = await build('rules', 'rules/calm/friday/friday.rego', FRIDAY);
  closed = await build(
    'closed',
    'data/windows.yaml',
    'windows: {default: open, environments: {dev: {outside: deny, weekly: []}}, services: {}}\n',
  );
}, FIRST_TIME);
afterAll(() => suites.remove());

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
