import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, listAt, textAt } from '../../src/cli/json-fields.ts';
import { changed } from '../operate/trust/events.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

let upstream: RecordingUpstream;
let lab: GateLab;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url } });
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});

const MAPS = '/kube/demo/api/v1/namespaces/shop-dev/configmaps';

/** A stop condition that these decisions have met, as the gate records it. */
function stopFor(agent: string, decisions: readonly string[]) {
  const about = { agent, condition: 'failing-agent', decisions: [...decisions] };
  return changed('stop.condition', about, { by: 'gate', time: new Date().toISOString(), links: [`agent:${agent}`] });
}

describe('trust in an agent', () => {
  it('is what its calls have earned, and is taken away at once on a stop condition', async () => {
    const agent = await lab.agent({ level: 4 });
    const patch = (to: string) =>
      lab.call('PATCH', `${MAPS}/features`, {
        token: agent.token,
        body: { data: { checkout: to } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    expect((await lab.call('GET', MAPS, { token: agent.token })).status).toBe(200);
    const done = await patch('new');
    expect(done.status).toBe(200);
    const decision = String(done.headers['sallyport-decision']);
    await expect
      .poll(async () => at(await lab.admin.get(`/v1/trust/${agent.id}`), 'numbers'))
      .toMatchObject({
        ...{ calls: 2, changes: 1, success: 1, stops: 0 },
      });
    await lab.gate.store.append(stopFor(agent.id, [decision]));
    await expect.poll(async () => textAt(await lab.admin.get(`/v1/agents/${agent.id}`), 'level')).toBe('3');
    // What it asks for now is judged at the level that it has left.
    const after = await lab.call('GET', MAPS, { token: agent.token });
    const recorded = await lab.admin.get(`/v1/decisions/${String(after.headers['sallyport-decision'])}`);
    expect(at(recorded, 'decided', 'input', 'agent', 'level')).toBe(3);

    const account = await lab.admin.get(`/v1/agents/${agent.id}/account`);
    const [, demoted] = listAt(account, 'granted', 'levels');
    expect(demoted).toMatchObject({
      what: 'agent.demoted',
      by: 'gate',
      from: 4,
      to: 3,
      evidence: { decisions: [decision] },
    });
    expect(at(account, 'limited', 'trust', 'promotion')).toMatchObject({ to: 4, proposed: false });
  });

  it('is told of each decision: who granted the authority, what limited it, and how it is reconstructed', async () => {
    const agent = await lab.agent({ level: 3, why: 'a trial' });
    const answer = await lab.call('GET', MAPS, { token: agent.token });
    const id = String(answer.headers['sallyport-decision']);
    const record = await lab.admin.get(`/v1/decisions/${id}`);
    const [leaf] = await lab.gate.store.leaves(Number(textAt(record, 'seq')), 1);
    expect(await lab.admin.get(`/v1/decisions/${id}/account`)).toMatchObject({
      granted: { agent: agent.id, level: 3, why: 'a trial', levels: [{ what: 'agent.added', to: 3 }], approvals: [] },
      limited: { did: 'allow', by: 'policy', tier: 'A', scope: { routes: ['*'] }, freezes: [] },
      reconstructed: {
        position: at(record, 'seq'),
        hash: `sha256:${Buffer.from(leaf?.hash ?? []).toString('hex')}`,
        bundle: { digest: expect.stringMatching(/^sha256:/) },
        replay: `sallyport replay ${id}`,
      },
    });
  });

  it('is in the review of the week, from the record alone', async () => {
    const now = Date.now();
    const [from, to] = [new Date(now - 3_600_000).toISOString(), new Date(now + 60_000).toISOString()];
    const week = await lab.admin.get(`/v1/reports/weekly?from=${from}&to=${to}`);
    expect(at(week, 'week')).toMatchObject({
      decisions: { allow: 4, hold: 0, deny: 0 },
      changes: { allow: 1, alone: 1, done: 1 },
    });
    expect(listAt(week, 'week', 'levels').map((one) => textAt(one, 'what'))).toEqual([
      'agent.added',
      'agent.demoted',
      'agent.added',
    ]);
    const page = await lab.admin.text(`/v1/reports/weekly?from=${from}&to=${to}&format=html`);
    expect(page).toContain('<h1>Review of all agents');
  });
});
