import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../src/json.ts';
import type { Finding } from '../../src/review/report/finding.ts';
import type { Review } from '../../src/review/review.ts';
import { FIRST_TIME, pinnedOpa } from './library.ts';
import { COMMITTED, reviewOf, settings, tampered, text, told } from './review-lab.ts';

let shipped: Review;

beforeAll(async () => {
  await pinnedOpa();
  shipped = await reviewOf(await readFile(COMMITTED));
}, FIRST_TIME);

/** The findings that the shipped bundle has not. */
async function newIn(archive: Uint8Array): Promise<readonly Finding[]> {
  const before = new Set(shipped.findings.map(({ rule, message }) => `${rule} ${message}`));
  return (await reviewOf(archive)).findings.filter(({ rule, message }) => !before.has(`${rule} ${message}`));
}

describe('the shipped bundle', () => {
  it('is what its sources give, has no errors, and no warning but that it is not signed', () => {
    expect(shipped.provenance.module).toEqual({ state: 'same', opa: '1.22.0' });
    expect(told(shipped).filter((one) => !one.startsWith('note'))).toEqual(['warning unsigned']);
  });

  it('has every rule with its METADATA, its file and the classes that it is asked about', () => {
    const rule = shipped.contents.rules.find(({ id }) => id === 'authority/credentials');
    expect(rule).toEqual({
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
    expect(shipped.contents.rules.filter(({ at, description }) => at === undefined || description === '')).toEqual([]);
  });

  it('tells builtins of the host from native ones', () => {
    expect(shipped.contents.builtins.host).toContain('time.parse_rfc3339_ns');
    expect(shipped.contents.builtins.native).toContain('startswith');
    expect(shipped.contents.builtins.native).not.toContain('time.parse_rfc3339_ns');
  });

  it('has rules that say something, but for those that its settings switch off', () => {
    const off = shipped.findings.filter(({ rule }) => rule === 'rule-off').map(({ message }) => message.split(' ')[1]);
    expect(off).toEqual(['blast/limits', 'dry-run/as-dry-run', 'dry-run/first']);
    expect(told(shipped)).not.toContain('warning rule-dead');
  });
});

describe('a bundle that is not what it seems is an error', () => {
  it.each([
    [
      'another source than what was compiled',
      text('sallyport/tier.rego', 'default name := "C"', 'default name := "A"'),
      ['policy.wasm'],
    ],
    [
      'a source that does not build',
      text('sallyport/tier.rego', 'default name := "C"', 'default name := '),
      [expect.stringMatching(/^the sources do not build: opa build: .*tier\.rego:\d+/s)],
    ],
    [
      'one source fewer',
      (files: Map<string, Uint8Array>) => void files.delete('sallyport/rules/freeze/active/active.rego'),
      [expect.anything(), 'data.json: settings.manifest'],
    ],
    [
      'a rule that its manifest leaves out',
      settings((all) => {
        const manifest = all.manifest;
        if (!isObject(manifest) || !isObject(manifest.rules)) throw new Error('no manifest');
        const { 'freeze/active': _, ...rules } = manifest.rules;
        all.manifest = { ...manifest, rules };
      }),
      ['data.json: settings.manifest'],
    ],
  ])('%s', async (_, change, differs) => {
    const review = await reviewOf(await tampered(change));
    expect(review.provenance.module).toEqual({ state: 'differs', opa: '1.22.0', differs });
    expect(told(review)).toContain('error module-differs');
  });
});

describe('what could not be checked is never a pass', () => {
  it('where there is no OPA', async () => {
    const review = await reviewOf(await readFile(COMMITTED), { opaOf: async () => undefined });
    expect(review.provenance.module).toEqual({ state: 'unchecked', why: 'there is no OPA 1.22.0 here' });
    expect(told(review)).toEqual(expect.arrayContaining(['warning module-unchecked', 'warning data-unchecked']));
  });

  it('where the bundle was built with an OPA that is not here', async () => {
    const archive = await tampered((files) => {
      const manifest = JSON.parse(Buffer.from(files.get('.manifest') ?? []).toString());
      files.set('.manifest', Buffer.from(JSON.stringify({ ...manifest, metadata: { built: { opa: '9.9.9' } } })));
    });
    const opa = await pinnedOpa();
    const review = await reviewOf(archive, { opaOf: async (version) => (version === '9.9.9' ? undefined : opa) });
    expect(review.provenance.module).toEqual({ state: 'unchecked', why: 'there is no OPA 9.9.9 here' });
  });

  it('where it ships no sources', async () => {
    const review = await reviewOf(
      await tampered((files) => {
        for (const name of [...files.keys()].filter((one) => one.endsWith('.rego'))) files.delete(name);
      }),
    );
    expect(review.provenance.module).toEqual({ state: 'unchecked', why: 'the bundle ships no sources' });
    expect(told(review)).toEqual(expect.arrayContaining(['warning module-unchecked', 'warning data-unchecked']));
  });
});

describe('findings about settings', () => {
  it.each<[string, Parameters<typeof settings>[0], Partial<Finding>]>([
    [
      'a group of settings that nothing reads',
      (all) => {
        all.curfew = { from: '22:00' };
      },
      {
        rule: 'data-unread',
        level: 'warning',
        message: 'no rule reads data.settings.curfew: whatever it says changes nothing',
      },
    ],
    [
      'a rule that the manifest does not ask',
      (all) => {
        if (!isObject(all.manifest)) throw new Error('no manifest');
        const index = JSON.parse(
          JSON.stringify(all.manifest.index, (_, value) =>
            Array.isArray(value) ? value.filter(({ id }) => id !== 'windows/open') : value,
          ),
        );
        all.manifest = { ...all.manifest, index };
      },
      {
        rule: 'rule-unreachable',
        level: 'error',
        message: 'rule windows/open: the manifest in the data does not list it, so that it is never asked',
        at: { file: 'sallyport/rules/windows/open/open.rego', line: expect.any(Number) },
      },
    ],
    [
      'limits so wide that they are none',
      (all) => {
        const open = { objects: 1e9, namespaces: 1e9, replicas: 1e9, pods: 1e9, share: 1, open: true };
        all.limits = { ...(isObject(all.limits) ? all.limits : {}), tier_b: { dev: open } };
      },
      {
        rule: 'grant-without-limit',
        level: 'warning',
        message: 'a write runs without a person however far it reaches: at level 3, 4, 5 in dev',
      },
    ],
  ])('%s', async (_, change, finding) => {
    expect(await newIn(await tampered(settings(change)))).toContainEqual(expect.objectContaining(finding));
  });

  it('a rule whose condition can never hold is called dead, not switched off', async () => {
    const archive = await tampered(
      settings((all) => {
        all.authority = { credential_routes: { review: true } };
      }),
    );
    expect(await newIn(archive)).toContainEqual(
      expect.objectContaining({
        rule: 'rule-dead',
        level: 'warning',
        message: expect.stringMatching(/^rule authority\/credentials: none of \d+ calls made it say anything$/),
      }),
    );
  });
});
