import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BundleServer } from '../../../src/config.ts';
import { findOpa } from '../../../src/review/opa.ts';
import { systemClock } from '../../../src/serve/bundle-source/clock.ts';
import { UrlSource } from '../../../src/serve/bundle-source/poll-url.ts';
import { inFolder, opa } from '../../decide/rego-lab.ts';
import { createAuthority } from '../../lab/certificates.ts';
import { freePorts } from '../../lab/processes.ts';
import { type BundleServerLab, startBundleServer } from './bundle-server.ts';
import { Told } from './told.ts';

const authority = createAuthority(new Date());
const stranger = createAuthority(new Date());
const own = authority.server(['localhost'], ['127.0.0.1']);
const elsewhere = authority.server(['elsewhere.example'], []);
const poll = { every: { min: 60_000, max: 120_000 }, wait: undefined, timeout: 10_000, limit: 2 ** 20 };
const archive = Buffer.of(0x1f, 0x8b, 0x08);

let server: BundleServerLab;
let stopOpa: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stopOpa?.();
  stopOpa = undefined;
  await server.close();
});

/** The OPA of a test need not have been built to run WASM. */
const dataBundle = (name: string) =>
  inFolder({ 'data.json': JSON.stringify({ name }) }, async (folder) => {
    await opa(['build', '-b', '-o', join(folder, '..', 'out.tar.gz'), folder]);
    return readFile(join(folder, '..', 'out.tar.gz'));
  });

const sourceFor = (changed: Partial<BundleServer>) =>
  new UrlSource(
    {
      ...{ kind: 'url', url: server.url, token: undefined, headers: {}, ca: undefined, client: undefined, poll },
      ...changed,
    },
    systemClock(() => new Date()),
  );

describe('a server behind TLS', () => {
  const tls = { cert: own.certificate, key: own.key };
  const mutual = { ...tls, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
  const pair = (from: typeof authority) => {
    const { certificate: cert, key } = from.client('gate');
    return { cert, key };
  };

  it('is trusted by the authority of the configuration', async () => {
    server = await startBundleServer({ tls });
    server.put(archive);
    expect(Buffer.from((await sourceFor({ ca: authority.certificate }).fetch()).archive)).toEqual(archive);
  });

  it('knows the gate by its certificate', async () => {
    server = await startBundleServer({ tls: mutual });
    server.put(archive);
    const names: unknown[] = [];
    server.answer = ({ socket }, response) => {
      names.push((socket as TLSSocket).getPeerCertificate().subject.CN);
      response.end(archive);
    };
    await sourceFor({ ca: authority.certificate, client: pair(authority) }).fetch();
    expect(names).toEqual(['gate']);
  });

  it.each<[string, object, Partial<BundleServer>, RegExp]>([
    ['of an authority that nobody named', tls, {}, /unable to verify|self.signed/],
    ['of another authority', tls, { ca: stranger.certificate }, /unable to verify|self.signed|signature failure/],
    ['that wants a certificate, without one', mutual, { ca: authority.certificate }, /alert|hang up|ECONNRESET|EPIPE/],
    [
      'that wants a certificate, with that of another authority',
      mutual,
      { ca: authority.certificate, client: pair(stranger) },
      /alert|hang up|ECONNRESET|EPIPE/,
    ],
    [
      'whose certificate is for another name',
      { cert: elsewhere.certificate, key: elsewhere.key },
      { ca: authority.certificate },
      /does not match certificate's altnames/,
    ],
  ])('%s is not asked: the token does not leave', async (_what, options, changed, why) => {
    server = await startBundleServer({ tls: options });
    const source = sourceFor({ token: 'hunter2', ...changed });
    await expect(source.fetch()).rejects.toMatchObject({
      code: 'bundle/unavailable',
      message: expect.stringMatching(why),
    });
    expect(server.asked).toEqual([]);
  });
});

describe('the protocol is that of OPA', () => {
  let one: Uint8Array;
  let two: Uint8Array;
  beforeAll(async () => {
    one = await dataBundle('one');
    two = await dataBundle('two');
  });

  it('a server from which OPA takes its bundles by long polling is one from which the gate does, asked alike', async () => {
    server = await startBundleServer();
    server.put(one);
    const name = await startOpa();
    await expect.poll(name, { timeout: 10_000 }).toBe('one');
    await server.waiting();
    const byOpa = server.asked.splice(0).map(({ headers }) => headers);

    const source = sourceFor({ token: 'hunter2', poll: { ...poll, every: { min: 100, max: 200 }, wait: 30_000 } });
    const told = new Told(source);
    source.accept(await source.fetch());
    const stop = new AbortController();
    const following = source.follow(told, stop.signal);
    await server.waiting();
    const byGate = server.asked.splice(0).map(({ headers }) => headers);
    server.put(two);
    await expect.poll(name, { timeout: 10_000 }).toBe('two');
    await expect.poll(() => told.arrivals.map(({ archive }) => Buffer.from(archive))).toEqual([Buffer.from(two)]);
    stop.abort();
    await following;

    // The gate asks for whole bundles alone, and does not have its first question wait.
    const { etag } = byGate.map(({ 'if-none-match': etag }) => ({ etag })).at(-1) ?? {};
    expect(byOpa.map(questions)).toEqual([
      { prefer: 'modes=snapshot,delta;wait=30', etag: undefined, authorization: 'Bearer hunter2' },
      { prefer: 'modes=snapshot,delta;wait=30', etag, authorization: 'Bearer hunter2' },
    ]);
    expect(byGate.map(questions)).toEqual([
      { prefer: 'modes=snapshot', etag: undefined, authorization: 'Bearer hunter2' },
      { prefer: 'modes=snapshot;wait=30', etag, authorization: 'Bearer hunter2' },
    ]);
  });

  const questions = ({ prefer, 'if-none-match': etag, authorization }: Readonly<Record<string, unknown>>) => ({
    ...{ prefer, etag, authorization },
  });

  async function startOpa() {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-opa-'));
    const [port] = await freePorts(1);
    const config = {
      services: { lab: { url: server.origin, credentials: { bearer: { token: 'hunter2' } } } },
      bundles: {
        sallyport: {
          service: 'lab',
          resource: 'bundles/sallyport.tar.gz',
          polling: { min_delay_seconds: 1, max_delay_seconds: 2, long_polling_timeout_seconds: 30 },
        },
      },
    };
    await writeFile(join(folder, 'opa.json'), JSON.stringify(config));
    const child: ChildProcess = spawn(
      await findOpa(),
      [
        'run',
        '--server',
        '--addr',
        `127.0.0.1:${port}`,
        '--config-file',
        join(folder, 'opa.json'),
        '--disable-telemetry',
      ],
      { stdio: 'ignore' },
    );
    stopOpa = async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    };
    return async (): Promise<unknown> => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/data/name`).catch(() => undefined);
      const body: unknown = await answer?.json();
      return typeof body === 'object' && body !== null && 'result' in body ? body.result : undefined;
    };
  }
});
