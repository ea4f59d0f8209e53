import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../src/json.ts';
import { ALLOW, buildBundle, DENY, inFolder } from '../decide/rego-lab.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const API = '/kube/demo/api/v1/namespaces';

/** What a policy does depends on the object that is asked for, so that all else is judged as ever. */
const MISCHIEF = `
named(name) if input.target.name == name
good := ${ALLOW}
decision := good if {
	known
	not input.target.name in mischief
}
mischief := {"loop", "memory", "conflict", "outcome", "missing", "text", "extra"}
decision := good if {
	named("loop")
	some a in data.words
	some b in data.words
	some c in data.words
	some d in data.words
	a != b
	count(data.words) == 7
}
decision := good if {
	named("memory")
	count([concat("", [s, t, u]) | some s in data.words; some t in data.words; some u in data.words]) > 0
}
decision := good if named("conflict")
decision := object.union(good, {"tier": "B"}) if named("conflict")
decision := object.union(good, {"outcome": "sure"}) if named("outcome")
decision := object.remove(good, {"tier"}) if named("missing")
decision := "allow" if named("text")
decision := object.union(good, {"mood": "fine"}) if named("extra")
`;

function policy(
  rules: string,
  more: { readonly revision?: string; readonly args?: readonly string[]; readonly entrypoint?: string } = {},
) {
  const { revision = 'test', entrypoint = 'sallyport/decision', args = [] } = more;
  // A call of which nothing is known is never allowed: the gate checks that of every bundle.
  const main = `package sallyport

import rego.v1

default decision := ${DENY}

default other := false

known if input.call.route != "unknown"
${rules}`;
  const words = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(60, 'x'));
  return buildBundle(
    {
      '.manifest': JSON.stringify({
        revision,
        roots: [''],
        metadata: { sallyport: { serial: SERIALS[revision] ?? 0 } },
      }),
      'main.rego': main,
      'data.json': JSON.stringify({ words }),
    },
    { entrypoint, args },
  );
}

/** Which of the revisions are newer. */
const SERIALS: Readonly<Record<string, number>> = { first: 1, second: 2 };

let upstream: RecordingUpstream;
let folder: string;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
});
afterAll(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});

describe('a policy that misbehaves for one call', () => {
  let lab: GateLab;
  let token: string;
  beforeAll(async () => {
    const path = join(folder, 'mischief.tar.gz');
    await writeFile(path, await policy(MISCHIEF));
    lab = await startGateLab({
      upstream: { url: upstream.url },
      config: { bundle: { path }, evaluation: { fuel: 4_000_000, memory: 16 } },
    });
    token = (await lab.agent()).token;
  });
  afterAll(() => lab.close());

  const get = (name: string) => lab.call('GET', `${API}/shop-dev/configmaps/${name}`, { token });

  it.each<[string, string, string, string]>([
    ['loops', 'loop', 'policy/fuel', 'the policy was stopped after 4000000 loop turns and function entries'],
    ['eats memory', 'memory', 'policy/memory', 'the policy needs more memory than evaluation.memory allows'],
    ['aborts, for it contradicts itself', 'conflict', 'policy/fault', 'var assignment conflict'],
    ['answers with an outcome that is none', 'outcome', 'policy/nonsense', 'outcome is "sure"'],
    ['answers without a tier', 'missing', 'policy/nonsense', 'the decision.tier is missing'],
    ['answers with a text', 'text', 'policy/nonsense', 'the decision is "allow", expected an object'],
    ['answers with more than is known', 'extra', 'policy/nonsense', 'the decision.mood is "fine"'],
  ])(
    'and %s: that call is denied with the reason, on the record, and the others are served meanwhile',
    async (_what, name, code, why) => {
      upstream.forget();
      const [bad, ...others] = await Promise.all([
        get(name),
        ...Array.from({ length: 8 }, () => get('features')),
        get(name),
        get('features'),
      ]);
      expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 403, 200]);
      expect(bad).toMatchObject({ status: 403, json: { kind: 'Status', reason: 'Forbidden' } });
      expect(bad.json.message).toContain('gate/policy-fault: ');
      expect(bad.json.message).toContain(why);
      expect(bad.json.message).toContain(`(${code})`);
      expect(upstream.calls().filter(({ url }) => url.endsWith(`/${name}`))).toEqual([]);
      expect(await lab.admin.get(`/v1/decisions/${bad.headers['sallyport-decision']}`)).toMatchObject({
        decided: { did: 'deny', judgement: { fault: { code } }, reasons: [{ rule: 'gate/policy-fault' }] },
      });
      expect((await get('features')).status).toBe(200);
    },
  );
});

describe('another bundle', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const first = `decision := ${ALLOW} if known`;
  const second = `decision := ${ALLOW} if { known; input.target.namespace == "shop-staging" }`;
  let path: string;
  let lab: GateLab;
  let token: string;
  /** Bundles by name: what an operator might put in the place of the one that judges. */
  let candidates: Readonly<Record<string, Uint8Array>>;

  beforeAll(async () => {
    path = join(folder, 'bundle.tar.gz');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const signed = (rules: string, revision: string, entrypoint?: string, key = pkcs8) =>
      inFolder({ 'key.pem': key }, (keys) =>
        policy(rules, {
          revision,
          ...(entrypoint === undefined ? {} : { entrypoint }),
          args: ['--signing-key', join(keys, 'key.pem'), '--signing-alg', 'ES256', '--verification-key-id', 'k1'],
        }),
      );
    const good = await signed(second, 'second');
    candidates = {
      good,
      first: await signed(first, 'first'),
      unsigned: await policy(second, { revision: 'second' }),
      foreign: await signed(second, 'second', undefined, other.export({ type: 'pkcs8', format: 'pem' }).toString()),
      truncated: good.subarray(0, good.length - 200),
      entrypoint: await signed(second, 'second', 'sallyport/other'),
      builtin: await signed(
        `decision := ${ALLOW} if http.send({"method": "get", "url": input.call.id}).status_code == 1`,
        'second',
      ),
      permissive: await signed(`decision := ${ALLOW} if true`, 'second'),
      empty: new Uint8Array(0),
      text: Buffer.from('this is no bundle'),
    };
    await put('first');
    await writeFile(join(folder, 'key.pem'), spki);
    lab = await startGateLab({
      upstream: { url: upstream.url },
      config: {
        bundle: {
          path,
          watch: false,
          keys: [{ id: 'k1', key: `\${file:${join(folder, 'key.pem')}}`, algorithm: 'ES256' }],
        },
      },
    });
    token = (await lab.agent()).token;
  });
  afterAll(() => lab.close());

  async function put(name: string): Promise<void> {
    await writeFile(path, candidates[name] ?? '');
  }
  const reload = () => lab.admin.post('/v1/bundle/reload', { why: 'a test' });
  const get = (namespace: string) => lab.call('GET', `${API}/${namespace}/configmaps`, { token });
  const epochOf = async (id: unknown): Promise<number> => {
    const { decided } = await lab.admin.get(`/v1/decisions/${id}`);
    return isObject(decided) ? Number(decided.epoch) : Number.NaN;
  };

  it.each([
    ['unsigned', /sign/],
    ['foreign', /sign/],
    ['truncated', /gzip|truncated|ends/],
    ['entrypoint', /no WASM entrypoint sallyport\/decision/],
    ['builtin', /builtins that the gate lacks: http.send/],
    ['permissive', /self-check: it allows a call of which nothing is known/],
    ['empty', /gzip/],
    ['text', /gzip/],
  ])('that is refused (%s): with its reason, and the running one stays and judges', async (name, why) => {
    const { sources: _, ...before } = await lab.admin.get('/v1/bundle');
    const size = await lab.gate.store.size();
    await put(name);
    await expect(reload()).rejects.toMatchObject({ message: expect.stringMatching(why) });
    const after = await lab.admin.get('/v1/bundle');
    expect(after).toMatchObject({
      ...before,
      sources: { library: { lastError: { message: expect.stringMatching(why) } } },
    });
    expect(await lab.gate.store.size()).toBe(size);
    expect((await get('shop-dev')).status).toBe(200);
  });

  it('that is gone: with its reason, and the running one stays', async () => {
    await rm(path);
    await expect(reload()).rejects.toMatchObject({ message: expect.stringMatching(/cannot be read/) });
    expect((await get('shop-dev')).status).toBe(200);
  });

  it('that is good takes over at once, is recorded, and moves the epoch', async () => {
    const before = await get('shop-dev');
    expect(before.status).toBe(200);
    const { digest: old } = await lab.admin.get('/v1/bundle');
    await put('good');
    const loaded = await reload();
    expect(loaded).toMatchObject({ revision: 'second' });
    expect(loaded.digest).not.toBe(old);
    expect(await lab.admin.get('/v1/bundle')).toMatchObject(loaded);
    const size = await lab.gate.store.size();
    const [leaf] = await lab.gate.store.leaves(size - 1, 1);
    expect(JSON.parse(leaf?.leaf ?? '')).toMatchObject({
      kind: 'changed',
      what: 'bundle.loaded',
      why: 'a test',
      before: { digest: old },
      after: { digest: loaded.digest, revision: 'second' },
    });
    const after = await get('shop-dev');
    expect(after.status).toBe(403);
    expect((await get('shop-staging')).status).toBe(200);
    const [earlier, later] = await Promise.all(
      [before, after].map(({ headers }) => epochOf(headers['sallyport-decision'])),
    );
    expect(later).toBe((earlier ?? Number.NaN) + 1);
    expect(await lab.admin.get(`/v1/decisions/${after.headers['sallyport-decision']}`)).toMatchObject({
      decided: { did: 'deny', by: 'policy', judgement: { bundle: { digest: loaded.digest, revision: 'second' } } },
    });
  });

  it('that is older than the running one is refused however well it is signed, until an administrator says so', async () => {
    await put('first');
    const size = await lab.gate.store.size();
    await expect(reload()).rejects.toMatchObject({
      message: expect.stringMatching(/"first", is older .* its serial is 1, the newest one seen here has 2/),
    });
    expect(await lab.gate.store.size()).toBe(size);
    expect((await get('shop-dev')).status).toBe(403);
    const from = await lab.gate.store.size();
    const loaded = await lab.admin.post('/v1/bundle/reload', { why: 'second stops the shop', rollback: true });
    expect(loaded).toMatchObject({ revision: 'first', library: { serial: 1 } });
    const [leaf] = (await lab.gate.store.leaves(from, 1)).map((one) => JSON.parse(one.leaf));
    expect(leaf).toMatchObject({
      ...{ kind: 'changed', what: 'bundle.rolled-back', why: 'second stops the shop', member: 'library' },
      before: { revision: 'second', serial: 2 },
      after: { revision: 'first', serial: 1 },
    });
    expect((await get('shop-dev')).status).toBe(200);
  });
});
