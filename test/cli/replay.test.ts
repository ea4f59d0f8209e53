import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { textAt } from '../../src/cli/json-fields.ts';
import { isArray, type JsonObject } from '../../src/json.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../gate/recording-upstream.ts';
import { FIRST_TIME, pinnedOpa } from '../review/library.ts';
import { COMMITTED, everybodyIs, settings, tampered, text, WHOLE_REVIEW } from '../review/review-lab.ts';
import { type Ended, runCli } from './cli-lab.ts';

let upstream: RecordingUpstream;
let lab: GateLab;
let token: string;
let opa: string;
let decisions: readonly JsonObject[];

beforeAll(async () => {
  opa = await pinnedOpa();
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url } });
  // The gate chose its ports; the command has to find them.
  const config = parse(await readFile(lab.configFile, 'utf8'));
  await writeFile(lab.configFile, stringify({ ...config, operate: `127.0.0.1:${lab.gate.operate.port}` }));
  token = textAt(await lab.admin.post('/v1/operators', { name: 'reader', role: 'viewer' }), 'token');
  for (const level of [1, 3, 5]) {
    const agent = await lab.agent({ level });
    await lab.call('GET', '/kube/demo/api/v1/namespaces/shop-dev/configmaps', { token: agent.token });
    await lab.call('DELETE', '/kube/demo/api/v1/namespaces/shop-dev/configmaps/features', { token: agent.token });
  }
  await lab.call('GET', '/kube/demo/api/v1/pods', {});
  decisions = await lab.decisions();
}, FIRST_TIME);
afterAll(async () => {
  await lab.close();
  await upstream.close();
});

function sallyport(...args: readonly string[]): Promise<Ended> {
  return runCli(lab.folder, { SALLYPORT_TOKEN: token, OPA: opa }, args);
}

async function replayed(...args: readonly string[]): Promise<{ code: number | null; result: JsonObject }> {
  const { code, out, err } = await sallyport('replay', '--json', ...args);
  if (out === '') throw new Error(err);
  return { code, result: JSON.parse(out) };
}

/** What the shipped policy asks a person about, in a bundle that lets it pass at every level. */
async function laxBundle(): Promise<string> {
  const file = join(lab.folder, 'lax.tar.gz');
  const archive = await tampered(everybodyIs('5'), text('.manifest', '"revision":"', '"revision":"lax '));
  await writeFile(file, archive);
  return file;
}

describe('every decision', () => {
  it('comes out as it was under the bundle that judged it, and the gate’s own refusals are told apart', async () => {
    const judged = decisions.filter((one) => textAt(one, 'decided', 'judgement') !== '');
    expect([decisions.length, judged.length]).toEqual([7, 6]);
    expect(await replayed()).toEqual({
      code: 0,
      result: {
        by: 'the bundles that judged them',
        judged: 6,
        same: 6,
        differing: [],
        flips: [],
        neverJudged: 1,
        lost: [],
      },
    });
  });

  it('can be picked by its id, and told to people', async () => {
    const [, id = ''] = decisions.map((one) => textAt(one, 'id'));
    expect(await sallyport('replay', id)).toEqual({
      code: 0,
      out: '1 decision judged again by the bundles that judged them: 1 came out the same.\n',
      err: '',
    });
    expect(await sallyport('replay', 'no-such-decision')).toMatchObject({ code: 1, out: '', err: /no decision/ });
  });

  it('shows what another bundle would flip, more permissive ones first, and is no pass then', async () => {
    const { code, result } = await replayed('--bundle', await laxBundle());
    expect(code).toBe(1);
    expect(result).toMatchObject({ by: expect.stringMatching(/^revision lax /), judged: 6, lost: [] });
    const flips = isArray(result.flips) ? result.flips : [];
    expect(flips[0]).toMatchObject({ direction: 'looser', from: 'deny', to: 'allow', calls: 1 });
    expect(textAt(flips[0] ?? null, 'action')).toBe('kubernetes:configmaps:delete');
  });

  it('is as it was under the very same bundle from a file', async () => {
    expect(await replayed('--bundle', COMMITTED)).toMatchObject({ code: 0, result: { judged: 6, same: 6, flips: [] } });
  });

  it('is asked for in pages, and as far back as is asked for', async () => {
    expect(await replayed('--limit', '3')).toMatchObject({ code: 0, result: { judged: 2, neverJudged: 1 } });
    expect(await replayed('--since', '2000-01-01T00:00:00Z')).toMatchObject({ result: { judged: 6 } });
    expect(await sallyport('replay', '--limit', '0')).toMatchObject({ code: 2 });
  });

  it('needs an operator’s token', async () => {
    const { code, err } = await runCli(lab.folder, {}, ['replay']);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("needs an operator's token") });
  });
});

describe('what cannot be judged again is no pass', () => {
  it('because its bundle is not kept', async () => {
    await whileArchiveIs(
      async (file) => rm(file),
      async () => {
        const { code, result } = await replayed();
        expect({ code, judged: result.judged }).toEqual({ code: 1, judged: 0 });
        expect(result.lost).toHaveLength(6);
        expect(result.lost).toContainEqual({
          name: expect.any(String),
          why: expect.stringMatching(/^the bundle sha256:.* is not kept$/),
        });
      },
    );
  });

  it('because somebody put another bundle in its place', async () => {
    await whileArchiveIs(
      async (file) => writeFile(file, await tampered(settings((all) => Object.assign(all, { odd: true })))),
      async () => {
        const { code, result } = await replayed();
        expect({ code, judged: result.judged }).toEqual({ code: 1, judged: 0 });
        expect(result.lost).toContainEqual({
          name: expect.any(String),
          why: expect.stringMatching(/^what is kept as sha256:.* is sha256:/),
        });
      },
    );
  });

  it('because what is kept is broken', async () => {
    await whileArchiveIs(
      async (file) => writeFile(file, 'no archive'),
      async () => {
        const { code, result } = await replayed();
        expect(code).toBe(1);
        expect(result.lost).toContainEqual({
          name: expect.any(String),
          why: expect.stringContaining('cannot be loaded'),
        });
      },
    );
  });
});

describe('review of recorded calls', () => {
  it(
    'names the calls that the bundle would judge more permissively',
    async () => {
      const { code, out } = await sallyport('review', await laxBundle(), '--recorded', '--json');
      // It breaks invariants, too.
      expect(code).toBe(1);
      const { calls, findings } = JSON.parse(out);
      expect(calls).toMatchObject({ source: 'the record', against: 'what is on the record', judged: 6, alone: 0 });
      expect(calls.unusable).toEqual([{ why: 'the gate itself refused it: no policy was asked', calls: 1 }]);
      expect(findings).toContainEqual(
        expect.objectContaining({
          rule: 'more-permissive',
          level: 'warning',
          message: expect.stringMatching(
            /^more permissive: 1 call of kubernetes:configmaps:delete in dev, deny becomes allow/,
          ),
        }),
      );
    },
    WHOLE_REVIEW,
  );
});

/** Lays hands on the one archive that the gate keeps, and puts it back. */
async function whileArchiveIs(change: (file: string) => Promise<void>, look: () => Promise<void>): Promise<void> {
  const folder = join(lab.state, 'bundles');
  const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.tar.gz'));
  const file = join(folder, name);
  const saved = join(lab.folder, 'saved.tar.gz');
  await cp(file, saved);
  try {
    await change(file);
    await look();
  } finally {
    await cp(saved, file);
  }
}
