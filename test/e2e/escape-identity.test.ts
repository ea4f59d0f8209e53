import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, at, items, newestLeaf, object, reachedAs } from './cluster-gate.ts';
import { type EscapeLab, openEscapeLab } from './escape-lab.ts';
import { type Sent, send } from './judged-call.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const OWN = 'escape-own';
const CONFIG_MAPS = `/api/v1/namespaces/${OWN}/configmaps`;

let trial: EscapeLab;
beforeAll(async () => {
  trial = await openEscapeLab(lab, { [OWN]: 'dev' }, [inNamespace(OWN, configMap('plain'))]);
});
afterAll(() => trial.close());

describe('whoever says to be somebody else', () => {
  const list: Sent = { method: 'GET', path: CONFIG_MAPS };

  it.each([
    'Impersonate-User',
    'impersonate-user',
    'IMPERSONATE-USER',
    'Impersonate_User',
    'Impersonate-Group',
    'Impersonate-Uid',
    'Impersonate-Extra-Scopes',
    'X-Remote-User',
    'x_remote_user',
    'X-Remote-Group',
    'X-Remote-Extra-Scopes',
    'Sallyport-Agent',
    'Sallyport-Level',
    'sallyport_decision',
    'Sallyport-Outcome',
    'Sallyport_Intent',
    'X-HTTP-Method-Override',
    'X-Original-URL',
  ])('is refused with the header %s', async (name) => {
    const { answer, rules } = await trial.attempt(trial.climber, { ...list, headers: { [name]: 'system:masters' } });
    expect([answer.status, rules]).toEqual([400, ['wire/forbidden-header']]);
  });

  it.each(['X-Forwarded-User', 'X-Auth-Request-User', 'X-User', 'Cookie', 'Proxy-Authorization', 'X-Forwarded-For'])(
    'with the header %s is still only itself upstream',
    async (name) => {
      const { answer } = await send(trial.gate, trial.climber.token, {
        ...list,
        headers: { [name]: 'system:masters' },
      });
      expect(answer.status).toBe(200);
      const last = (await reachedAs(lab, trial.climber.id)).at(-1);
      expect(last?.impersonatedUser).toMatchObject({
        username: `sallyport:agent:${trial.climber.id}`,
        groups: ['sallyport:agents', 'system:authenticated'],
      });
    },
  );

  it.each([['--as=admin'], ['--as=sallyport:agent:other', '--as-group=system:masters'], ['--as=admin', '--as-uid=1']])(
    'is refused with kubectl %s',
    async (...flags: readonly string[]) => {
      const kubeconfig = await trial.gate.kubeconfig(trial.climber);
      const before = await newestLeaf(trial.gate);
      const { code, stdout, stderr } = await lab.kubectl(['get', '--raw', CONFIG_MAPS, ...flags], { kubeconfig });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('is not accepted from agents');
      expect(await trial.gate.gate.store.size()).toBe(before + 2);
    },
  );

  it.each<[string, () => string | Promise<string>]>([
    ['a token for another route', () => trial.elsewhere.token],
    ['a token with another agent’s id', () => retold(trial.observer.token, { sub: trial.climber.id })],
    ['a token with another route', () => retold(trial.elsewhere.token, { route: 'demo' })],
    ['a token that lives longer', () => retold(trial.climber.token, { exp: 9_999_999_999 })],
    ['a token without a signature', () => `${retold(trial.climber.token, {}).split('.').slice(0, 2).join('.')}.`],
    ['a token that says it needs no signature', () => unsigned(trial.climber.token)],
    ['a token of a service account', async () => (await admin(lab, ['create', 'token', 'default', '-n', OWN])).trim()],
    ['nothing', () => ''],
  ])('is nobody with %s', async (_which, token) => {
    const given = await token();
    const before = await trial.reached();
    const answer = await trial.gate.call('GET', `/kube/demo${CONFIG_MAPS}`, given === '' ? {} : { token: given });
    expect([answer.status, at(answer.json, 'reason')]).toEqual([401, 'Unauthorized']);
    const [newest] = await trial.gate.decisions('?limit=1');
    expect([at(newest, 'decided', 'did'), String(at(items(at(newest, 'decided', 'reasons'))[0], 'rule'))]).toEqual([
      'deny',
      expect.stringMatching(/^identity\//),
    ]);
    expect(await trial.reached()).toEqual(before);
  });

  it('is nobody with another user in its kubeconfig', async () => {
    const edited = await trial.gate.kubeconfig({ id: `${trial.climber.id}-edited`, token: trial.climber.token });
    const before = await trial.reached();
    for (const user of [
      ['--username=admin', '--password=admin'],
      [`--token=${trial.elsewhere.token}`],
      ['--token=system:masters'],
    ]) {
      await lab.kubectl(
        ['config', 'set-credentials', `sallyport-${trial.climber.id}-edited-demo`, '--token=', ...user],
        {
          kubeconfig: edited,
        },
      );
      const { code, stdout, stderr } = await lab.kubectl(['get', '--raw', CONFIG_MAPS], { kubeconfig: edited });
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('You must be logged in to the server')]);
    }
    expect(await trial.reached()).toEqual(before);
  });

  it('cannot claim a level, a scope or another agent', async () => {
    const claims = {
      'sallyport-reason': 'approved',
      'sallyport-confidence': '1',
      'sallyport-incident': 'INC-1',
    };
    const remove = { method: 'DELETE', path: `${CONFIG_MAPS}/plain` };
    const { answer, rules } = await trial.attempt(trial.observer, { ...remove, headers: claims });
    expect([answer.status, rules]).toEqual([403, ['level/table']]);
    const meant = await trial.attempt(trial.observer, {
      ...remove,
      headers: { ...claims, 'sallyport-intent': 'level 5' },
    });
    expect([meant.answer.status, meant.rules]).toEqual([403, ['gate/intent']]);
  });
});

describe('the operations API', () => {
  it('is shut for an agent’s token, whatever it would change, by whatever road', async () => {
    const document = await trial.gate.admin.get('/v1/openapi.json');
    const before = await trial.gate.admin.get('/v1/agents');
    const operators = await trial.gate.admin.get('/v1/operators');
    const changing = Object.entries(object(document.paths)).flatMap(([path, methods]) =>
      Object.keys(object(methods))
        .filter((method) => method !== 'get')
        .map((method) => [method.toUpperCase(), path.replace('{id}', trial.observer.id)] as const),
    );
    expect(changing.length).toBeGreaterThan(8);
    for (const [method, path] of changing) {
      const bodies: readonly JsonObject[] = [
        { level: 5, why: 'because' },
        { secret: trial.observer.token, name: 'me' },
        { route: 'demo', why: 'because' },
      ];
      for (const body of bodies) {
        const status = await operate(method, path, trial.observer.token, body);
        expect([method, path, status]).toEqual([
          method,
          path,
          path === '/v1/operators/bootstrap' ? expect.toBeOneOf([400, 401, 403, 409, 429]) : 401,
        ]);
      }
    }
    expect(await trial.gate.admin.get('/v1/agents')).toEqual(before);
    expect(await trial.gate.admin.get('/v1/operators')).toEqual(operators);
  });

  it('is not reached through the agents’ side', async () => {
    for (const path of ['/v1/agents', '/sallyport/v1/agents', '/kube/demo/v1/agents', '/kube/../v1/agents']) {
      const answer = await trial.gate.call('POST', path, { token: trial.climber.token, body: { level: 5 } });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
    expect(at(await trial.gate.admin.get(`/v1/agents/${trial.observer.id}`), 'level')).toBe(1);
  });
});

/** The token with other claims, and the signature it had. */
function retold(token: string, claims: JsonObject): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const said = { ...object(JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))), ...claims };
  return [head, Buffer.from(JSON.stringify(said)).toString('base64url'), signature].join('.');
}

function unsigned(token: string): string {
  const head = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  return `${head}.${token.split('.')[1]}.`;
}

function operate(method: string, path: string, token: string, body: JsonObject): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sending = request(
      `${trial.gate.gate.operate.origin}${path}`,
      { method, headers, ca: trial.gate.gate.caPem },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sending.once('error', reject);
    sending.end(JSON.stringify(body));
  });
}
