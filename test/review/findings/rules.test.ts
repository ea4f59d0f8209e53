import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, readBundle } from '../../../src/decide/bundle.ts';
import { SETTINGS_PROBLEMS } from '../../../src/decide/policy.ts';
import { isObject, type JsonObject } from '../../../src/json.ts';
import type { RuleContent } from '../../../src/review/contents/rules.ts';
import { rulesIn } from '../../../src/review/contents/rules.ts';
import { grantFindings } from '../../../src/review/findings/grant-findings.ts';
import { ruleFindings } from '../../../src/review/findings/rule-findings.ts';
import { unreadData } from '../../../src/review/findings/unread-data.ts';
import { type Probed, probe } from '../../../src/review/probes/probes.ts';
import { settingsOf } from '../../../src/review/provenance/module-check.ts';
import { judgeOfBundle } from '../../../src/review/read-bundle-file.ts';
import { entrypointsOf, layOutSources } from '../../../src/review/shipped-sources.ts';
import { FIRST_TIME, pinnedOpa } from '../library.ts';
import { COMMITTED, settings, type Tampering, TIME, tamperedBundle } from '../review-lab.ts';

let opa: string;
let shipped: Bundle;
let inspected: JsonObject;
let probed: Probed;

beforeAll(async () => {
  opa = await pinnedOpa();
  shipped = readBundle(await readFile(COMMITTED));
  const sources = await layOutSources(shipped, opa);
  inspected = await sources.inspect();
  await sources.remove();
  probed = await probedOf(shipped);
}, FIRST_TIME);

async function probedOf(bundle: Bundle): Promise<Probed> {
  return probe(await judgeOfBundle(bundle), settingsOf(bundle.data), TIME);
}

async function findingsOf(bundle: Bundle, fired: ReadonlySet<string>) {
  const sources = await layOutSources(bundle, opa);
  try {
    const rules = rulesIn(settingsOf(bundle.data), inspected);
    return await ruleFindings({ rules, fired, judged: 7, readsOf: (path) => sources.readsOf(path), data: bundle.data });
  } finally {
    await sources.remove();
  }
}

describe('rules of the shipped bundle', () => {
  it('have METADATA, a file and the classes that they are asked about', () => {
    const rule = rulesIn(settingsOf(shipped.data), inspected).find(({ id }) => id === 'authority/credentials');
    expect(rule).toEqual<RuleContent>({
      id: 'authority/credentials',
      title: 'Credentials',
      description: expect.stringContaining('credential'),
      needs: 'request',
      effect: 'deny',
      classes: ['credential'],
      asked: ['credential'],
      path: 'data.sallyport.rules.authority.credentials.answer',
      at: { file: 'sallyport/rules/authority/credentials/credentials.rego', line: expect.any(Number) },
    });
  });

  it('say something, but for those that the settings switch off', async () => {
    const found = await findingsOf(shipped, probed.fired);
    expect(found.map(({ rule, level, message }) => [rule, level, message])).toEqual([
      [
        'rule-off',
        'note',
        'rule blast/limits says nothing, as far as 7 calls show: data.settings.limits.refuse is empty',
      ],
      [
        'rule-off',
        'note',
        'rule dry-run/as-dry-run says nothing, as far as 7 calls show: data.settings.dry_run.as_dry_run is empty',
      ],
      [
        'rule-off',
        'note',
        'rule dry-run/first says nothing, as far as 7 calls show: data.settings.dry_run.first is empty',
      ],
    ]);
  });
});

describe('a rule', () => {
  it('that nothing makes speak is dead, not switched off', async () => {
    const bundle = await tamperedBundle(
      settings((all) => Object.assign(all, { authority: { credential_routes: { review: true } } })),
    );
    const { fired } = await probedOf(bundle);
    expect(await findingsOf(bundle, fired)).toContainEqual({
      rule: 'rule-dead',
      level: 'warning',
      message: 'rule authority/credentials: none of 7 calls made it say anything',
      fix: 'check its conditions, or add recorded calls with --calls that it is there for',
      at: { file: 'sallyport/rules/authority/credentials/credentials.rego', line: expect.any(Number) },
    });
  });

  it.each([
    ['never', () => false, 'error', 'it is never asked'],
    ['of one class', (name: string) => name !== 'delete', 'warning', 'it is never asked about delete'],
  ])('that is asked %s, though its METADATA says otherwise, guards nothing there', async (_, keep, level, why) => {
    const bundle = await tamperedBundle(unlisted('risk/critical', keep));
    expect(await findingsOf(bundle, new Set(['risk/critical']))).toContainEqual(
      expect.objectContaining({
        rule: 'rule-unreachable',
        level,
        message: `rule risk/critical: the manifest in the data does not list it, so that ${why}`,
      }),
    );
  });
});

describe('what is granted', () => {
  it('has a limit on its reach as shipped, and on its pace where limits are set', () => {
    expect(probed.reach).toEqual([]);
    expect(new Set(probed.pace.map(({ environment }) => environment))).toEqual(new Set(['dev', 'test']));
  });

  it('without a limit is found, with the levels and places', async () => {
    const open = { objects: 1e9, namespaces: 1e9, replicas: 1e9, pods: 1e9, share: 1, open: true };
    const bundle = await tamperedBundle(
      settings((all) => {
        const limits = isObject(all.limits) ? all.limits : {};
        all.limits = { ...limits, tier_b: { ...(isObject(limits.tier_b) ? limits.tier_b : {}), dev: open } };
      }),
    );
    expect(grantFindings(await probedOf(bundle))).toContainEqual({
      rule: 'grant-without-limit',
      level: 'warning',
      message: 'a write runs without a person however far it reaches: at level 3, 4, 5 in dev',
      fix: 'set limits for it in limits.yaml, or let the level table ask for a person',
    });
  });
});

it('all data of the shipped bundle is read, by the analysis of OPA itself; what is added is not', async () => {
  const bundle = await tamperedBundle(
    settings((all) =>
      Object.assign(all, {
        curfew: { from: '22:00' },
        limits: { ...(isObject(all.limits) ? all.limits : {}), refused: {} },
      }),
    ),
  );
  const sources = await layOutSources(bundle, opa);
  const questions = entrypointsOf(shipped).filter((name) => name !== SETTINGS_PROBLEMS);
  const reads = (
    await Promise.all(questions.map((name) => sources.readsOf(`data.${name.replaceAll('/', '.')}`)))
  ).flat();
  await sources.remove();
  expect(unreadData(shipped.data, reads)).toEqual([]);
  expect(unreadData(bundle.data, reads).map(({ message }) => message.split(':')[0])).toEqual([
    'no rule reads data.settings.limits.refused',
    'no rule reads data.settings.curfew',
  ]);
});

/** Takes a rule out of the index for the classes that are not kept. */
function unlisted(id: string, keep: (name: string) => boolean): Tampering {
  return settings((all) => {
    const manifest = isObject(all.manifest) ? all.manifest : {};
    const { facts } = isObject(manifest.index) ? manifest.index : {};
    const left = Object.entries(isObject(facts) ? facts : {}).map(([name, entries]) => [
      name,
      Array.isArray(entries) && !keep(name) ? entries.filter((entry) => !isObject(entry) || entry.id !== id) : entries,
    ]);
    all.manifest = {
      ...manifest,
      index: { ...(isObject(manifest.index) ? manifest.index : {}), facts: Object.fromEntries(left) },
    };
  });
}
