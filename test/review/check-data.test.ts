import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { checkSettings, schemasOf } from '../../src/decide/settings/check-settings.ts';
import { buildBundle } from '../../src/review/build.ts';
import { compareReading, readSchemas, readSettings } from '../../src/review/check-data.ts';
import { copyLibrary, FIRST_TIME, pinnedOpa, ROOT } from './library.ts';

let library: Awaited<ReturnType<typeof copyLibrary>>;
beforeEach(async () => {
  library = await copyLibrary();
});
afterEach(() => library.remove());

const read = async () =>
  readSettings(join(library.rego, 'data'), 'data', await readSchemas(join(library.rego, 'schemas/settings')));

/** What is said of the library's settings after a text in one of its files was replaced. */
async function refusalOf(section: string, search: string | RegExp, replacement: string): Promise<unknown> {
  const path = join(library.rego, 'data', `${section}.yaml`);
  const before = await readFile(path, 'utf8');
  const after = before.replace(search, replacement);
  expect(after).not.toBe(before);
  await writeFile(path, after);
  return read().then(
    () => 'accepted',
    (error) => error.message,
  );
}

describe('settings that are not what their schema says are refused with file, line and what was expected', () => {
  it.each([
    [
      'levels',
      'title: observer',
      'titel: observer',
      [
        "25:5: levels.1.title: missing; expected text (The level's name in messages)",
        '25:5: levels.1.titel: unknown key; expected one of title, cells',
      ],
    ],
    ['levels', /\n {2}"5":[\s\S]*/, '\n', ['15:3: levels.5: missing']],
    [
      'levels',
      '{do: hold, people: 1}',
      '{do: hold, people: 0}',
      ['38:29: levels.2.cells.b.people: expected at least 1, got 0 (How many people must approve)'],
    ],
    [
      'levels',
      '{do: hold, people: 2}',
      '{do: holds, people: 2}',
      ['41:26: levels.2.cells.c_production.do: expected one of allow, hold, advise, by-runbook, got "holds"'],
    ],
    [
      'levels',
      'obligations: {notify: {now: false}, capture: {}}\n        else: {do: hold, people: 1}',
      'obligations: {capture: {}}',
      ['47:7: levels.3.cells.b: obligations needs else beside it'],
    ],
    [
      'levels',
      'capture: {}',
      'capture: {now: true}',
      ['49:55: levels.3.cells.b.obligations.capture.now: unknown key; nothing may stand here'],
    ],
    [
      'tiers',
      'read: read',
      'sensitive_read: read',
      ['7:5: tiers.reads.sensitive_read: unknown key; expected one of discovery, telemetry, read'],
    ],
    [
      'environments',
      'dev: {strictness: 10',
      'unknown: {strictness: 10',
      ['14:5: environments.names.unknown: "unknown" cannot be a name here'],
    ],
    [
      'windows',
      'default: open',
      'default: 3',
      ['14:12: windows.default: expected one of open, closed, got 3 (For an environment that has no entry)'],
    ],
    [
      'windows',
      'dev: {outside: deny}',
      'dev: {outside: deny, weekly: [{days: [], from: "9:00", to: "24:00", zone: UTC}]}',
      [
        '20:42: windows.environments.dev.weekly[0].days: expected at least one entry, got a list',
        '20:52: windows.environments.dev.weekly[0].from: expected another form, got "9:00" (HH:MM, local)',
      ],
    ],
    [
      'windows',
      'dev: {outside: deny}',
      'dev: {outside: deny, blackouts: [{start: "tomorrow", end: "2027-01-04T00:00:00Z"}]}',
      [
        '20:38: windows.environments.dev.blackouts[0].why: missing; expected text',
        '20:46: windows.environments.dev.blackouts[0].start: expected another form, got "tomorrow" (A time with its offset, as RFC 3339 has it: 2027-01-16T20:00:00Z)',
      ],
    ],
    [
      'limits',
      'share: 1, open: false',
      'share: 2, open: no',
      [
        '10:70: limits.tier_b.prod.share: expected at most 1, got 2 (0..1, of a workload touched at once)',
        '10:79: limits.tier_b.prod.open: expected true or false, got "no" (What it reaches may still grow after it was measured)',
      ],
    ],
    ['approvers', '[platform]', '[]', ['3:12: approvers.default: expected at least one entry, got a list']],
    [
      'approvers',
      '[platform]',
      '[platform, platform]',
      ['3:12: approvers.default: expected each entry once, got a list'],
    ],
    ['approvers', '[platform]', 'platform', ['3:12: approvers.default: expected a list, got "platform"']],
    [
      'risk',
      'RBAC: {people: 2,',
      'RBAC: {peopel: 2,',
      [
        '55:11: risk.escalations.RBAC.people: missing; expected a whole number (How many people must look at it)',
        '55:12: risk.escalations.RBAC.peopel: unknown key; did you mean people?',
      ],
    ],
    [
      'authority',
      '{}',
      '{staging: perhaps}',
      ['6:32: authority.credential_routes.staging: expected true or false, got "perhaps"'],
    ],
    [
      'dry_run',
      'first: {}',
      'first: {}\n  last: {}',
      ['15:3: dry_run.last: unknown key; expected one of as_dry_run, first'],
    ],
    ['approvers', 'approvers:', 'aprovers:', ['2:1: aprovers: unknown key; did you mean approvers?']],
    [
      'approvers',
      'default:',
      'default: [platform]\n  default:',
      ['4:3: this key was already given above in the same mapping'],
    ],
    ['approvers', '[platform]', '&all [platform]', ['3:17: anchors ("&...") are not supported']],
  ])('%s (%#)', async (section, search, replacement, lines) => {
    const said = await refusalOf(section, search, replacement);
    expect(said).toBe(lines.map((line) => `data/${section}.yaml:${line}`).join('\n'));
  });

  it(
    'by the build too, which then writes nothing',
    async () => {
      await refusalOf('windows', 'default: open', 'default: shut');
      const out = join(library.folder, 'bundle.tar.gz');
      const built = buildBundle({ rego: library.rego, out, opa: await pinnedOpa(), version: '0.0.0' });
      await expect(built).rejects.toMatchObject({
        code: 'bundle/invalid',
        message:
          'data/windows.yaml:14:12: windows.default: expected one of open, closed, got "shut" (For an environment that has no entry)',
      });
      await expect(readFile(out)).rejects.toThrow('ENOENT');
    },
    FIRST_TIME,
  );

  it('by the build where they mean nothing, as the policy itself says', async () => {
    await refusalOf('approvers', 'prod: [production]', 'mars: [production]');
    await refusalOf(
      'windows',
      'prod: {outside',
      'prod: {once: [{start: "2027-02-30T00:00:00Z", end: "2027-03-01T00:00:00Z"}], outside',
    );
    const built = buildBundle({
      rego: library.rego,
      out: join(library.folder, 'b'),
      opa: await pinnedOpa(),
      version: '0',
    });
    await expect(built).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: [
        'data/approvers.yaml:5:11: approvers.environments.mars: there is no environment mars; there are dev, prod, staging, test',
        'data/windows.yaml:32:27: windows.environments.prod.once[0].start: there is no such time',
      ].join('\n'),
    });
  });

  it('but only shown where a stricter environment is treated more kindly', async () => {
    await refusalOf('limits', 'prod: {changes: 20,', 'prod: {changes: 200,');
    const options = { rego: library.rego, out: join(library.folder, 'b'), opa: await pinnedOpa(), version: '0' };
    expect((await buildBundle(options)).warnings).toEqual([
      'data/limits.yaml:31:24: limits.rate.staging.changes: prod, which is stricter than staging, has no such limit or a wider one',
    ]);
  });

  it('where a section stands in two files', async () => {
    await writeFile(join(library.rego, 'data', 'more.yaml'), 'approvers: {default: [others], environments: {}}\n');
    await expect(read()).rejects.toThrow(
      'data/more.yaml:1:1: approvers: this section already stands in data/approvers.yaml',
    );
  });

  it('where a section of the library is missing', async () => {
    await rm(join(library.rego, 'data', 'windows.yaml'));
    const built = buildBundle({
      rego: library.rego,
      out: join(library.folder, 'b'),
      opa: await pinnedOpa(),
      version: '0',
    });
    await expect(built).rejects.toThrow('data: there are no settings windows');
  });

  it('where OPA, whose YAML is an older one, reads something else', async () => {
    await refusalOf('risk', 'people: 1', 'people: 010');
    const built = buildBundle({
      rego: library.rego,
      out: join(library.folder, 'b'),
      opa: await pinnedOpa(),
      version: '0',
    });
    await expect(built).rejects.toThrow(/^data\/risk\.yaml:\d+:\d+: risk\..*\.people: OPA reads this differently/);
  });
});

describe('readings are compared', () => {
  it('down to the first place where they differ', async () => {
    const files = await read();
    const { approvers, ...rest } = files.settings;
    expect(() => compareReading(files, { ...rest, approvers: approvers ?? null, manifest: {} })).not.toThrow();
    expect(() => compareReading(files, { ...rest, approvers: { default: ['others'], environments: {} } })).toThrow(
      /^data\/approvers\.yaml:3:/,
    );
    expect(() => compareReading(files, { ...files.settings, more: {} })).toThrow(/^more: OPA reads this differently/);
  });
});

describe('a built bundle', () => {
  it('brings the schemas of its settings, by which the data of a site are checked without OPA', async () => {
    const { data } = readBundle(await readFile(join(ROOT, 'bundles/sallyport.tar.gz')));
    const schemas = schemasOf(data) ?? {};
    expect(schemas).toEqual(await readSchemas(join(ROOT, 'rego/schemas/settings')));
    expect(checkSettings({ dry_run: { as_dry_run: {}, first: { prod: { delete: true } } } }, schemas)).toEqual([]);
    expect(checkSettings({ manifest: { rules: {} }, dry_run: { first: {} } }, schemas)).toEqual([
      {
        path: ['manifest'],
        at: 'key',
        message: `unknown key; expected one of ${Object.keys(schemas).sort().join(', ')}`,
      },
      {
        path: ['dry_run', 'as_dry_run'],
        at: 'value',
        message: 'missing; expected a mapping (By environment, the names of actions)',
      },
    ]);
    expect(schemasOf({ settings: {} })).toBeUndefined();
  });

  it('is not made with a schema that is none', () => {
    expect(() => checkSettings({ odd: 1 }, { odd: { type: 'nonsense' } })).toThrow(/^the schema of the settings odd: /);
  });
});
