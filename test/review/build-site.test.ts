import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { readBundle } from '../../src/decide/bundle.ts';
import { createBundleJudge } from '../../src/decide/bundle-judge.ts';
import { unknownInput } from '../../src/decide/policy-input.ts';
import { readSiteBundle } from '../../src/decide/site-bundle.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { buildSite } from '../../src/review/build-site.ts';
import { run } from '../../src/review/opa.ts';
import { pinnedOpa, ROOT } from './library.ts';

// OPA compiles a whole library, which takes a while where much else is going on.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const RULE = 'rules/calm/friday/friday.rego';
const FRIDAY = `# METADATA
# title: Calm
# description: What this site leaves alone.
package site.rules.calm.friday

# METADATA
# title: Deletes
# description: Nobody deletes here.
# custom:
#   needs: request
#   effect: deny
#   classes: [delete]
answer := [{"effect": "deny", "message": "nobody deletes here", "fix": "ask the site"}]
`;
const APPROVERS = 'approvers: {default: [site-lead], environments: {}}\n';

let opa: string;
let site: string;
beforeAll(async () => {
  opa = await pinnedOpa();
});
beforeEach(async () => {
  site = await mkdtemp(join(tmpdir(), 'sallyport-site-'));
});
afterEach(() => rm(site, { recursive: true, force: true }));

async function build(files: Readonly<Record<string, string>>, dataOnly = false) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(site, name)), { recursive: true });
    await writeFile(join(site, name), text);
  }
  const [rego, out] = [join(ROOT, 'rego'), join(site, 'site.tar.gz')];
  const asked = dataOnly ? () => Promise.reject(new TypeError('no OPA is needed')) : async () => opa;
  return await buildSite({ site, rego, out, opa: asked, dataOnly, version: '0.1.0', serial: 7 });
}

const library = async () => readBundle(await readFile(packageBundle()));

describe("a site's settings", () => {
  it('are built without OPA, and load beside the library', async () => {
    const { out, files, digest } = await build({ 'data/approvers.yaml': APPROVERS }, true);
    expect([...files.keys()].sort()).toEqual(['.manifest', 'data.json']);
    const bundle = readSiteBundle(await readFile(out));
    expect(bundle).toMatchObject({
      ...{ roots: ['site'], serial: 7, contentDigest: digest, rules: undefined },
      settings: { approvers: { default: ['site-lead'], environments: {} } },
    });
    const { warnings } = await createBundleJudge(
      { library: await library(), site: { bundle, trust: ['approvers'] } },
      {},
    );
    expect(warnings).toEqual([]);
  });

  it.each([
    ['of a name that the library does not have', 'aprovers: {}', /data\/x\.yaml:1:1: aprovers: unknown key/],
    ['of another shape', 'approvers: {default: none}', /data\/x\.yaml:1:\d+: approvers\.default: expected a list/],
    ['that are no YAML', 'approvers: {', /data\/x\.yaml:/],
    ['that replace the manifest', 'manifest: {}', /data\/x\.yaml:1:1: manifest: unknown key/],
  ])('%s are refused with file and line', async (_, text, why) => {
    const refused = build({ 'data/x.yaml': text }, true);
    await expect(refused).rejects.toMatchObject({ code: 'bundle/invalid', message: expect.stringMatching(why) });
    await expect(readFile(join(site, 'site.tar.gz'))).rejects.toThrow('ENOENT');
  });

  it('that are none are refused', async () => {
    await expect(build({}, true)).rejects.toThrow(/holds no settings under data/);
    await expect(build({})).rejects.toThrow(/holds neither settings under data\/ nor Rego/);
  });
});

describe("a site's rules", () => {
  it('are compiled with the library, judge beside it, and are shipped without it', async () => {
    const { out, files } = await build({ [RULE]: FRIDAY, 'data/approvers.yaml': APPROVERS });
    const names = ['.manifest', 'data.json', 'policy.wasm', 'site/main.rego', `site/${RULE}`];
    expect([...files.keys()].sort()).toEqual(names);
    const bundle = readSiteBundle(await readFile(out));
    const { judge, warnings } = await createBundleJudge({ library: await library(), site: { bundle, trust: [] } }, {});
    expect(warnings).toEqual([]);
    const judged = (name: 'delete' | 'read') => {
      const input = unknownInput();
      const call = { ...input.call, pass: 'request' as const };
      return judge.judge({ ...input, call, action: { ...input.action, class: name } }).verdict;
    };
    expect(judged('delete').reasons).toContainEqual({
      ...{ rule: 'site/calm/friday', message: 'nobody deletes here', fix: 'ask the site' },
    });
    expect(judged('read').reasons.map(({ rule }) => rule)).not.toContain('site/calm/friday');
  });

  it('can be read by OPA: nothing of it lies outside the root', async () => {
    const { out } = await build({ [RULE]: FRIDAY });
    const { status, stdout } = await run(opa, ['inspect', '-f', 'json', out], {});
    expect({ status, roots: JSON.parse(stdout).manifest.roots }).toEqual({ status: 0, roots: ['site'] });
    const built = await run(opa, ['build', '--bundle', out, '-o', join(site, 'again.tar.gz')], {});
    expect(built).toMatchObject({ status: 0 });
  });

  it('give the same bundle from the same sources', async () => {
    const first = readTarGz(await readFile((await build({ [RULE]: FRIDAY })).out));
    expect(readTarGz(await readFile((await build({})).out))).toEqual(first);
  });

  it.each([
    [
      'of a package of the library',
      RULE,
      FRIDAY.replace('package site.', 'package sallyport.'),
      /friday\.rego: its package is sallyport\.rules/,
    ],
    ['of no package', RULE, '# nothing', /friday\.rego: its package is missing/],
    [
      'without METADATA',
      RULE,
      'package site.rules.calm.friday\n\nanswer := []\n',
      /friday\.rego: there is no METADATA/,
    ],
    [
      'that cannot be parsed',
      RULE,
      `${FRIDAY}\nanswer := [`,
      /site\/rules\/calm\/friday\/friday\.rego:\d+: rego_parse_error/,
    ],
    [
      'with a builtin that the gate lacks',
      RULE,
      `${FRIDAY}\nodd := http.send({})`,
      /friday\.rego:\d+: rego_type_error/,
    ],
    [
      'in the place of what the build writes',
      'main.rego',
      'package site\n',
      /main\.rego: this file is written by the build/,
    ],
    [
      'that answer what is no array',
      RULE,
      FRIDAY.replace(/answer := .*/, 'answer := data.site.decision'),
      /rego_recursion_error/,
    ],
  ])('%s are refused with file and line', async (_, name, text, why) => {
    const refused = build({ [name]: text });
    await expect(refused).rejects.toMatchObject({ code: 'bundle/invalid', message: expect.stringMatching(why) });
  });
});
