import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTION_CLASSES, type Described, type Refusal, type Surface } from '../../src/describe/action.ts';
import { createRedactor, type Redactor } from '../../src/describe/redact.ts';
import { canonicalJson, type Json } from '../../src/json.ts';
import type { WireAnswer, WireCall } from '../../src/listen/wire.ts';
import { wireCall } from './wire-calls.ts';

/** What the suite needs to know of a surface. */
export interface SurfaceUnderTest<Request> {
  create(redactor: Redactor): Surface<Request>;
  /** Calls as this surface's clients send them. */
  readonly calls: readonly WireCall[];
  /** The refusal's message as this surface's client takes it from the answer; throws on an answer that it could not read. */
  message(answer: WireAnswer): string;
}

/** What every surface owes the gate, whatever protocol it speaks. */
export function surfaceSuite<Request>(name: string, under: SurfaceUnderTest<Request>): void {
  const surface = under.create(createRedactor(Buffer.alloc(32, 1)));
  const calls = fc.constantFrom(...under.calls);

  describe(`the ${name} surface`, () => {
    it('describes whatever comes, whole and bounded', () => {
      fc.assert(
        fc.property(fc.oneof(junk, mangled(calls)), (call) => expectWhole(surface.describe(call))),
        { numRuns: 2000 },
      );
    });

    it('leaves the call as it was', () => {
      for (const call of under.calls) {
        const before = structuredClone({ ...call, route: undefined });
        surface.describe(call);
        expect(structuredClone({ ...call, route: undefined })).toEqual(before);
      }
    });

    it('gives the same call the same digest, by the same key only', () => {
      const again = under.create(createRedactor(Buffer.alloc(32, 1)));
      const other = under.create(createRedactor(Buffer.alloc(32, 2)));
      for (const call of under.calls) {
        const { digest } = surface.describe(call);
        expect(again.describe(structuredClone(call)).digest).toBe(digest);
        expect(other.describe(call).digest).not.toBe(digest);
      }
      expect(new Set(under.calls.map((call) => surface.describe(call).digest)).size).toBe(under.calls.length);
    });

    it('gives every other call another digest', () => {
      fc.assert(
        fc.property(calls, changes, (call, change) => {
          const changed = change(call);
          fc.pre(changed !== undefined && !isSame(call, changed));
          if (changed !== undefined) expect(surface.describe(changed).digest).not.toBe(surface.describe(call).digest);
        }),
        { numRuns: 1000 },
      );
    });

    it('shows no planted secret, neither in what it describes nor in what it answers', () => {
      fc.assert(
        fc.property(calls, fc.constantFrom(...SECRETS), plants, refusals, (call, secret, plant, refusal) => {
          const described = surface.describe(plant(call, secret));
          const { request, ...recorded } = described;
          expect(JSON.stringify(recorded)).not.toContain(secret);
          expect(JSON.stringify(surface.refuse(refusal, described))).not.toContain(secret);
        }),
        { numRuns: 1000 },
      );
    });

    it('answers every refusal so that its client can read it, and nothing can be put into it', () => {
      const described = fc.option(fc.oneof(junk, calls), { nil: undefined });
      fc.assert(
        fc.property(refusals, described, (refusal, call) => {
          const answer = surface.refuse(refusal, call === undefined ? undefined : surface.describe(call));
          expect(answer.status).toBe(STATUS[refusal.kind]);
          expect(under.message(answer)).not.toMatch(/\p{Cc}/u);
          for (const [header, value] of Object.entries(answer.headers))
            expect(`${header}: ${value}`).toMatch(/^[\x20-\x7e]+$/);
          expect(answer.headers['Sallyport-Outcome']).toBe(refusal.kind === 'held' ? 'hold' : 'deny');
        }),
        { numRuns: 1000 },
      );
    });

    it('hands the message of a refusal on word for word', () => {
      const refusal: Refusal = {
        kind: 'denied',
        decision: 'd-1',
        message: 'blast/max-objects: 12 "pods", 5 may go',
        warnings: ['ask ops'],
      };
      for (const call of under.calls) {
        const answer = surface.refuse(refusal, surface.describe(call));
        expect(under.message(answer)).toContain(refusal.message);
        expect(answer.headers['Sallyport-Decision']).toBe('d-1');
      }
    });
  });
}

const STATUS: Readonly<Record<Refusal['kind'], number>> = {
  unauthenticated: 401,
  malformed: 400,
  'too-large': 413,
  denied: 403,
  held: 403,
  unavailable: 503,
  upstream: 502,
  'upstream-timeout': 504,
  retry: 429,
};

const KINDS: readonly Refusal['kind'][] = [
  'unauthenticated',
  'malformed',
  'too-large',
  'denied',
  'held',
  'unavailable',
  'upstream',
  'upstream-timeout',
  'retry',
];

function expectWhole(described: Described): void {
  const { request, ...recorded } = described;
  expect(recorded.digest).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
  expect(ACTION_CLASSES).toContain(recorded.action.class);
  expect(['none', 'read', 'unreadable', 'streamed']).toContain(recorded.body);
  if (recorded.body === 'unreadable') expect(recorded.unreadable).toBeTypeOf('string');
  for (const text of [
    recorded.action.name,
    recorded.action.verb,
    recorded.action.resource,
    recorded.path,
    ...Object.values(recorded.target),
  ]) {
    expect(text).not.toBe('');
  }
  // The whole policy input may have 16 KiB, and this is only a part of it.
  expect(JSON.stringify(recorded).length).toBeLessThan(14_000);
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('*', '', '..', '__proto__', 'a/b', '\ud800', 'x'.repeat(5000)),
);
const headerName = fc.constantFrom(
  'content-type',
  'content-encoding',
  'sallyport-reason',
  'sallyport-confidence',
  'sallyport-intent',
  'kubectl-session',
  'x',
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.json().map((json) => new Uint8Array(Buffer.from(json))),
  fc.constant(new Uint8Array()),
);

/** What no client sends, and what the wire would refuse. */
const junk: fc.Arbitrary<WireCall> = fc
  .record({
    method: fc.oneof(fc.constantFrom('GET', 'POST', 'DELETE', 'PATCH', 'PUT', 'HEAD', 'OPTIONS'), text),
    segments: fc.array(
      fc.oneof(fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'pods', 'watch', 'proxy', 'exec'), text),
      { maxLength: 9 },
    ),
    query: fc.array(fc.tuple(fc.oneof(fc.constantFrom('watch', 'dryRun', 'command', 'fieldSelector'), text), text), {
      maxLength: 20,
    }),
    headers: fc.array(fc.tuple(headerName, text), { maxLength: 5 }).map((pairs) => new Map(pairs)),
    body: bytes,
    upgrade: fc.option(fc.constantFrom('websocket', 'SPDY/3.1'), { nil: undefined }),
  })
  .map(({ segments, query, ...rest }) => ({ ...wireCall('GET', '/'), ...rest, path: { segments, query } }));

/** A client's call with a part of it replaced by junk. */
function mangled(calls: fc.Arbitrary<WireCall>): fc.Arbitrary<WireCall> {
  return fc
    .tuple(calls, junk, fc.constantFrom('method', 'headers', 'body', 'upgrade', 'path'))
    .map(([call, other, part]) => ({ ...call, [part]: other[part] }));
}

type Alter = (call: WireCall) => WireCall | undefined;

/** One change of what is judged. */
const changes: fc.Arbitrary<Alter> = fc.oneof(
  fc.constantFrom<Alter>(
    (call) => ({ ...call, method: call.method === 'PUT' ? 'POST' : 'PUT' }),
    (call) => ({ ...call, route: { ...call.route, name: 'other' } }),
    (call) => ({ ...call, upgrade: call.upgrade === undefined ? 'websocket' : undefined }),
    (call) => ({ ...call, path: { ...call.path, query: [...call.path.query, ['q', '']] } }),
    (call) => ({ ...call, path: { ...call.path, segments: [...call.path.segments, 'x'] } }),
    (call) => ({ ...call, path: { ...call.path, segments: call.path.segments.slice(0, -1) } }),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(
    ([at, flip]) =>
      (call: WireCall) =>
        flipped(call, at, flip),
  ),
);

function flipped(call: WireCall, at: number, flip: number): WireCall | undefined {
  if (call.body.length === 0) return undefined;
  const body = Uint8Array.from(call.body);
  const place = at % body.length;
  body[place] = (body[place] ?? 0) ^ flip;
  return { ...call, body };
}

/** JSON that says the same is the same. */
function isSame(one: WireCall, other: WireCall): boolean {
  return one.body !== other.body && meaning(one.body) === meaning(other.body);
}

function meaning(body: Uint8Array): string {
  try {
    const value: Json = JSON.parse(Buffer.from(body).toString());
    return canonicalJson(value);
  } catch {
    return Buffer.from(body).toString('hex');
  }
}

const SECRETS = [
  `ghp_${'a1B2c3D4'.repeat(4)}`,
  `AKIA${'QRSTUVWX'.repeat(2)}`,
  ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJ3ZWIifQ', 'c2lnbmF0dXJl'].join('.'),
  ['xoxb', '1234567890', 'abcdefghij'].join('-'),
];

type Plant = (call: WireCall, secret: string) => WireCall;
const plants = fc.constantFrom<Plant>(
  (call, secret) => ({ ...call, path: { ...call.path, segments: [...call.path.segments.slice(0, -1), secret] } }),
  (call, secret) => ({ ...call, path: { ...call.path, segments: [secret, ...call.path.segments] } }),
  (call, secret) => ({
    ...call,
    path: { ...call.path, segments: call.path.segments.map((part, at) => (at === 4 ? `x${secret}` : part)) },
  }),
  (call, secret) => ({
    ...call,
    path: { ...call.path, query: [...call.path.query, ['labelSelector', `a=${secret}`], [secret, 'x']] },
  }),
  (call, secret) => ({
    ...call,
    path: {
      ...call.path,
      query: [
        ['command', 'login'],
        ['command', secret],
        ['container', secret],
      ],
    },
  }),
  (call, secret) => ({
    ...call,
    headers: new Map([
      ...call.headers,
      ['sallyport-reason', `with ${secret}`],
      ['sallyport-intent', secret],
      ['kubectl-session', secret],
    ]),
  }),
  (call, secret) => ({
    ...call,
    headers: new Map([...call.headers, ['content-type', `application/${secret}`], ['content-encoding', secret]]),
  }),
  (call, secret) => ({
    ...call,
    body: Buffer.from(`{"metadata":{"name":"${secret}","namespace":"${secret}"},"kind":"${secret}"}`),
  }),
  (call, secret) => ({ ...call, body: Buffer.from(`{"${secret}":1,"${secret}":2}`) }),
  (call, secret) => ({
    ...call,
    body: Buffer.from(`{"propagationPolicy":"${secret}","preconditions":{"uid":"${secret}"}}`),
  }),
  (call, secret) => ({ ...call, method: secret }),
);

const refusals: fc.Arbitrary<Refusal> = fc.record({
  kind: fc.constantFrom(...KINDS),
  decision: fc.option(fc.oneof(fc.uuid(), fc.constantFrom('a\r\nX: y', '', 'ü')), { nil: undefined }),
  message: fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a\r\nSet-Cookie: x', '\u001b[2Jgone', '"},"code":200}', '\u202eabc'),
  ),
  warnings: fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a"b\\c', 'x\r\nY: z', '\ud800')), {
    maxLength: 12,
  }),
});
