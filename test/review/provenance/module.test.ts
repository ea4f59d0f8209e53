import { createServer } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../src/json.ts';
import { checkModule } from '../../../src/review/provenance/module-check.ts';
import { FIRST_TIME, pinnedOpa } from '../library.ts';
import { settings, type Tampering, tamperedBundle, text } from '../review-lab.ts';

let opa: string;

beforeAll(async () => {
  opa = await pinnedOpa();
}, FIRST_TIME);

async function checked(built: JsonObject, ...changes: readonly Tampering[]) {
  return checkModule(await tamperedBundle(...changes), built, async (version) =>
    version === '1.22.0' ? opa : undefined,
  );
}

it('the shipped module is what its sources give', async () => {
  expect(await checked({})).toEqual({ state: 'same', opa: '1.22.0' });
});

describe('a bundle that is not what can be read differs', () => {
  it.each<[string, Tampering, readonly unknown[]]>([
    [
      'another source than what was compiled',
      text('sallyport/tier.rego', 'default name := "C"', 'default name := "A"'),
      ['policy.wasm'],
    ],
    [
      'a source that does not build, which hides what the module does',
      text('sallyport/tier.rego', 'default name := "C"', 'default name := '),
      [expect.stringMatching(/^the sources do not build: opa build: .*tier\.rego:\d+/s)],
    ],
    [
      'one source fewer',
      (files) => void files.delete('sallyport/rules/freeze/active/active.rego'),
      ['policy.wasm', 'data.json: settings.manifest'],
    ],
    [
      'a source more, that nothing asks',
      (files) => void files.set('sallyport/more.rego', Buffer.from('package sallyport.more\n\nallow := true\n')),
      [],
    ],
    [
      'a rule that the manifest leaves out',
      settings((all) => {
        const manifest = isObject(all.manifest) ? all.manifest : {};
        const rules = isObject(manifest.rules) ? manifest.rules : {};
        const { 'freeze/active': _, ...others } = rules;
        all.manifest = { ...manifest, rules: others };
      }),
      ['data.json: settings.manifest'],
    ],
    [
      'a manifest that is none',
      settings((all) => Object.assign(all, { manifest: [] })),
      ['data.json: settings.manifest'],
    ],
  ])('%s', async (_, change, differs) => {
    const expected =
      differs.length === 0 ? { state: 'same', opa: '1.22.0' } : { state: 'differs', opa: '1.22.0', differs };
    expect(await checked({}, change)).toEqual(expected);
  });
});

describe('what cannot be checked is said', () => {
  it('where the OPA that the bundle names is not here', async () => {
    expect(await checked({ opa: '9.9.9' })).toEqual({ state: 'unchecked', why: 'there is no OPA 9.9.9 here' });
  });

  it('where the bundle ships no sources', async () => {
    const without: Tampering = (files) => {
      for (const name of [...files.keys()].filter((one) => one.endsWith('.rego'))) files.delete(name);
    };
    expect(await checked({}, without)).toEqual({ state: 'unchecked', why: 'the bundle ships no sources' });
  });
});

it('sources never make OPA ask a server for a schema', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const remote = `# METADATA\n# schemas:\n#   - input: {"$ref": "http://127.0.0.1:${port}/schema.json"}\nodd := input.agent.id\n`;
    await checked({}, text('sallyport/tier.rego', 'default name := "C"', `default name := "C"\n\n${remote}`));
    expect(asked).toBe(0);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
