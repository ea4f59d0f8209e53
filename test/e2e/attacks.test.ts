import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { expectNothingLeaked } from '../attacks/attack-lab.ts';
import { type Spoken, speak } from '../attacks/raw-client.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, apply, at, items, makeNamespace, reachedAs, read, startClusterGate } from './cluster-gate.ts';
import { configMap, inNamespace } from './twin-objects.ts';
import { ATTACKS, MAP, type Mouth, mouthOf, PLACE } from './wire-attacks.ts';

/** What test/attacks tries on an upstream that answers everything, tried on the API server: what gets through acts. */
const lab = ownLab();
const NS = `/api/v1/namespaces/${PLACE}`;

let gate: GateLab;
let agent: { readonly id: string; readonly token: string };
/** The token of an agent on the route where policy holds. */
let strict: string;
let mouth: Mouth;
let before: Json;

/** Where policy stops nothing, so that what is refused is refused for its form; and where it does. */
const [LENIENT, STRICT] = ['/kube/demo', '/kube/strict'];

beforeAll(async () => {
  await makeNamespace(lab, PLACE, 'dev');
  await apply(lab, inNamespace(PLACE, configMap('kept')));
  const route = (name: string) => ({
    name,
    surface: 'kubernetes',
    at: `/kube/${name}`,
    upstream: { kubeconfig: lab.gate },
  });
  const shadow = { mode: { shadow: { until: '2999-01-01' } } };
  gate = await startClusterGate(lab, { config: { routes: [{ ...route('demo'), ...shadow }, route('strict')] } });
  const { id, token } = await gate.agent({ level: 5 });
  agent = { id, token };
  strict = (await gate.agent({ level: 5, id: `${id}-strict` }, 'strict')).token;
  mouth = mouthOf(LENIENT, token);
  before = await state();
});
afterAll(async () => {
  await gate.close();
  await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
});

/** Every object of the namespace, with its version. */
async function state(): Promise<Json> {
  const fields = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
  return admin(lab, ['get', 'configmaps,secrets,pods,serviceaccounts', '-n', PLACE, '-o', `jsonpath=${fields}`]);
}

const say = (said: string | Buffer): Promise<Spoken> => speak({ origin: gate.origin, caPem: gate.gate.caPem }, said);

describe('in front of the API server, where policy stops nothing', () => {
  describe.each(ATTACKS)('%s', (_kind, attacks) => {
    it.each(attacks)('is refused: %s', async (_what, said, status, rule) => {
      const { answers, text } = await say(said(mouth));
      expect(answers.map((answer) => answer.status)).toEqual([status]);
      expectNothingLeaked(agent, text);
      const id = answers[0]?.headers.get('sallyport-decision');
      if (rule === undefined) return expect(id).toBeUndefined();
      const { decided } = await gate.admin.get(`/v1/decisions/${id}`);
      expect(items(at(decided, 'reasons')).map((reason) => at(reason, 'rule'))).toEqual([rule]);
    });
  });

  it('none of it reached the server, not even as a question, and nothing is changed', async () => {
    expect(await reachedAs(lab, agent.id)).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('while a call that is only itself does', async () => {
    const { answers } = await say(mouth.bare(`GET ${MAP}`, 'User-Agent: honest'));
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect((await reachedAs(lab, agent.id)).map(({ verb, requestURI }) => [verb, requestURI])).toEqual([['get', MAP]]);
  });
});

describe('an upgrade that the API server refuses (CVE-2018-1002105)', () => {
  const websocket = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
  ];
  const spdy = ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io'];

  it.each([
    ['GET and WebSocket', 'GET', websocket],
    ['POST and SPDY', 'POST', spdy],
  ])('leaves no open pipe to it, by %s', async (_how, method, headers) => {
    const own = await gate.agent({ level: 5 });
    const { head, inner } = mouthOf(LENIENT, own.token);
    // There is no such pod to begin with; what follows would delete the config map.
    const exec = `${NS}/pods/gone/exec?command=sh&stdin=true`;
    const { answers, text } = await say(`${head(`${method} ${exec}`, ...headers)}\r\n${inner()}${inner()}`);
    expect(answers.map(({ status }) => status)).toEqual([404]);
    expectNothingLeaked(own, text);
    // One call is logged when its answer begins and when it has ended.
    const sent = (await reachedAs(lab, own.id)).filter(({ userAgent }) => userAgent !== 'sallyport');
    expect([...new Set(sent.map(({ auditID, requestURI }) => `${auditID} ${requestURI}`))]).toEqual([
      `${answers[0]?.headers.get('audit-id')} ${exec}`,
    ]);
    expect(await state()).toEqual(before);
  });
});

describe('in front of the API server, where policy holds', () => {
  it.each<[string, string, string]>([
    ['a whole collection', 'DELETE', `${NS}/configmaps`],
    ['a collection of one, by a field selector', 'DELETE', `${NS}/configmaps?fieldSelector=metadata.name%3Dkept`],
    ['secrets, by a watch in the path', 'GET', `/api/v1/watch/namespaces/${PLACE}/secrets`],
    ['secrets, by a watch without a value', 'GET', `${NS}/secrets?watch=`],
    ['a kubelet, through its proxy', 'GET', '/api/v1/nodes/n1/proxy/exec/x/y/z'],
    ['a service, through the old proxy', 'GET', `/api/v1/proxy/namespaces/${PLACE}/services/web/`],
    ['a token', 'POST', `${NS}/serviceaccounts/default/token`],
  ])('%s is out of reach, and the server is asked no more than how much that is', async (_what, method, path) => {
    const body =
      method === 'POST' ? { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } : undefined;
    const answer = await gate.call(method, `${STRICT}${path}`, { token: strict, ...(body && { body }) });
    expect([answer.status, answer.headers['sallyport-outcome']]).toEqual([403, expect.stringMatching(/^(hold|deny)$/)]);
    const reached = await reachedAs(lab, `${agent.id}-strict`);
    expect(
      reached.filter(({ verb, userAgent }) => userAgent !== 'sallyport' || !['get', 'list'].includes(verb)),
    ).toEqual([]);
    expect(await read(lab, 'configmap', 'kept', PLACE)).toMatchObject({ data: { colour: 'blue' } });
  });
});
