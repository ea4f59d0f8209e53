import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, at, readIfThere, writesAs } from './cluster-gate.ts';
import { DEV, ENVIRONMENT, MAKINGS, POWERS, PROD, RELABELLINGS, SEEDS } from './escape-attempts.ts';
import { type EscapeLab, openEscapeLab } from './escape-lab.ts';
import { PATCHES, type Sent, send } from './judged-call.ts';
import { configMap, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const CONFIG_MAPS = `/api/v1/namespaces/${DEV}/configmaps`;

let trial: EscapeLab;
beforeAll(async () => {
  trial = await openEscapeLab(lab, { [PROD]: 'prod', [DEV]: 'dev' }, SEEDS);
});
afterAll(() => trial.close());

describe('an agent of the highest level', () => {
  it.each([...RELABELLINGS, ...MAKINGS])('cannot change what it is judged by: %s', async (_how, sent) => {
    const { answer, rules } = await trial.attempt(trial.climber, sent);
    expect([answer.status, at(answer.json, 'reason'), rules[0]]).toEqual([403, 'Forbidden', 'gate/authority']);
  });

  it.each(POWERS)('is given no more power by the cluster: %s', async (_how, sent, rule) => {
    const { answer, rules } = await trial.attempt(trial.climber, sent);
    expect([answer.status, rules]).toEqual([403, expect.arrayContaining([rule])]);
  });

  it.each([
    [`label configmap marked ${ENVIRONMENT}- -n ${DEV}`],
    [`label configmap marked ${ENVIRONMENT}=dev --overwrite -n ${DEV}`],
    [`label deployment,configmap marked ${ENVIRONMENT}=staging --overwrite -n ${DEV}`],
    [`label namespace ${PROD} ${ENVIRONMENT}=dev --overwrite`],
    [`patch configmap marked -n ${DEV} -p {"metadata":{"labels":null}}`],
    [`apply -f - -n ${DEV}`, configMap('marked', { labels: { [ENVIRONMENT]: 'dev' } })],
    [`apply -f - --server-side --force-conflicts -n ${DEV}`, configMap('marked', { labels: { [ENVIRONMENT]: 'dev' } })],
    [`replace -f - -n ${DEV}`, configMap('marked')],
    [`create -f - -n ${PROD}`, configMap('new', { labels: { [ENVIRONMENT]: 'dev' } })],
  ])('cannot with kubectl either: %s', async (run, input?: JsonObject) => {
    const kubeconfig = await trial.gate.kubeconfig(trial.climber);
    const [state, written] = [await trial.state(), await writesAs(lab, trial.climber.id)];
    const given = input === undefined ? {} : { input: JSON.stringify(input) };
    const { code, stdout, stderr } = await lab.kubectl(run.split(' '), { kubeconfig, ...given });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('is forbidden: gate/authority: ');
    expect([await trial.state(), await writesAs(lab, trial.climber.id)]).toEqual([state, written]);
  });

  it('is where the labels of all three say, whatever annotations say', async () => {
    const path = `/api/v1/namespaces/${PROD}/configmaps/pretender`;
    const annotate: Sent = {
      method: 'PATCH',
      path,
      body: { metadata: { annotations: { [ENVIRONMENT]: 'dev' } } },
      type: PATCHES.merge,
    };
    const { decided } = await trial.attempt(trial.observer, annotate);
    expect(at(decided, 'judgement', 'verdict', 'environment')).toBe('prod');
    const own = await trial.attempt(trial.resident, { ...annotate, path: `${CONFIG_MAPS}/marked` });
    expect([at(own.decided, 'judgement', 'verdict', 'environment'), own.rules]).toEqual([
      'prod',
      expect.arrayContaining(['scope/labels']),
    ]);
  });

  it('may set the label that holds anyway, and a Scale has no labels of its own', async () => {
    const body = configMap('honest', { labels: { [ENVIRONMENT]: 'dev' } });
    const made = await send(trial.gate, trial.climber.token, { method: 'POST', path: CONFIG_MAPS, body });
    expect([made.answer.status, made.did]).toEqual([201, 'allow']);
    const path = `/apis/apps/v1/namespaces/${DEV}/deployments/marked/scale`;
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'marked', namespace: DEV, labels: { [ENVIRONMENT]: 'dev' } },
      spec: { replicas: 0 },
    };
    await send(trial.gate, trial.climber.token, { method: 'PUT', path, body: scale });
    const live = await readIfThere(lab, 'deployment', 'marked', DEV);
    expect(at(live, 'spec', 'template', 'metadata', 'labels', ENVIRONMENT)).toBe('prod');
    expect(at(live, 'metadata', 'labels')).toEqual({ app: 'marked' });
  });
});

describe('a dry run', () => {
  const one = `${CONFIG_MAPS}/plain`;
  const options = (more: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...more });

  it.each<[string, Sent]>([
    ['of a DELETE whose body does not say so', { method: 'DELETE', path: `${one}?dryRun=All`, body: options() }],
    [
      'of a DELETE whose body says otherwise',
      { method: 'DELETE', path: `${one}?dryRun=All`, body: options({ dryRun: [] }) },
    ],
    ['of a DELETE with an empty object', { method: 'DELETE', path: `${one}?dryRun=All`, body: {} }],
    [
      'of a collection whose body does not say so',
      { method: 'DELETE', path: `${CONFIG_MAPS}?dryRun=All`, body: options() },
    ],
    [
      'that a patch says of itself',
      { method: 'PATCH', path: one, body: { dryRun: ['All'], data: { a: 'b' } }, type: PATCHES.merge },
    ],
    ['by a header', { method: 'DELETE', path: one, headers: { 'kubectl-command': 'delete --dry-run=server' } }],
  ])('is none, and is judged as the real thing: %s', async (_which, sent) => {
    const { answer, decided, rules } = await trial.attempt(trial.observer, sent);
    expect([answer.status, rules]).toEqual([403, expect.arrayContaining(['level/table'])]);
    expect(at(decided, 'input', 'action', 'dry_run')).toBe(false);
  });

  it.each<[string, Sent, number]>([
    ['in lower case', { method: 'DELETE', path: `${one}?dryRun=all` }, 403],
    ['without a value', { method: 'DELETE', path: `${one}?dryRun=` }, 403],
    ['of another value', { method: 'PATCH', path: `${one}?dryRun=true`, body: {}, type: PATCHES.merge }, 403],
    ['said twice', { method: 'DELETE', path: `${one}?dryRun=All&dryRun=` }, 400],
    ['said twice in the body', { method: 'DELETE', path: one, body: '{"dryRun":["All"],"dryRun":[]}' }, 403],
    ['in another spelling', { method: 'DELETE', path: one, body: '{"DryRun":["All"]}' }, 403],
    ['of two values', { method: 'DELETE', path: one, body: options({ dryRun: ['All', 'All'] }) }, 403],
  ])('that could be read in two ways is refused: %s', async (_which, sent, status) => {
    const { answer, decided } = await trial.attempt(trial.observer, sent);
    expect([answer.status, decided.did]).toEqual([status, 'deny']);
  });

  it.each<[string, Sent]>([
    ['by the query', { method: 'DELETE', path: `${one}?dryRun=All` }],
    ['by the body', { method: 'DELETE', path: one, body: options({ dryRun: ['All'] }) }],
    ['of a change', { method: 'PATCH', path: `${one}?dryRun=All`, body: { data: { a: 'b' } }, type: PATCHES.merge }],
    ['of a creation', { method: 'POST', path: `${CONFIG_MAPS}?dryRun=All`, body: configMap('new') }],
  ])('that is one passes and leaves all as it was: %s', async (_which, sent) => {
    const before = await trial.state();
    const { answer, did, decided } = await send(trial.gate, trial.observer.token, sent);
    expect([answer.status < 300, did, at(decided, 'input', 'action', 'dry_run')]).toEqual([true, 'allow', true]);
    expect(await trial.state()).toEqual(before);
  });

  it('in the query of a DELETE whose body says otherwise deletes, as it was judged', async () => {
    await admin(lab, ['create', '-f', '-'], JSON.stringify(inNamespace(DEV, configMap('short'))));
    const { answer, did, decided } = await send(trial.gate, trial.climber.token, {
      method: 'DELETE',
      path: `${CONFIG_MAPS}/short?dryRun=All`,
      body: options(),
    });
    expect([answer.status, did, at(decided, 'input', 'action', 'dry_run')]).toEqual([200, 'allow', false]);
    expect(await readIfThere(lab, 'configmap', 'short', DEV)).toBeUndefined();
  });
});
