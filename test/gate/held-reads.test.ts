import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { textAt } from '../../src/cli/json-fields.ts';
import { dataSite } from '../lab/data-site.ts';
import { startHoldLab } from './hold-lab.ts';

const READ = '/kube/demo/api/v1/namespaces/shop-dev/configmaps/features';

it('a read that a site holds waits as any other call, and runs once it is approved', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-held-reads-'));
  const { levels } = parse(await readFile(join(import.meta.dirname, '../../rego/data/levels.yaml'), 'utf8'));
  const asked = { ...levels['2'].cells, read: { do: 'hold', people: 1 } };
  for (const level of ['2', '3', '4', '5']) levels[level].cells = asked;
  levels['1'].cells.read = asked.read;
  const lab = await startHoldLab({ config: { bundle: await dataSite(folder, { levels }) } });
  try {
    const { token } = await lab.agent({ level: 2, owner: 'olga' });
    const reading = lab.call('GET', READ, { token });
    const [held] = await lab.untilWaiting(1);
    expect(held).toMatchObject({ subject: { action: 'kubernetes:configmaps:get', class: 'read' } });
    // Another agent's discovery is nothing that anybody is asked about.
    const other = await lab.agent({ level: 2, owner: 'olga' });
    expect((await lab.call('GET', '/kube/demo/apis', { token: other.token })).status).toBe(200);
    await lab.people.ana.post(`/v1/approvals/${textAt(held, 'id')}/approve`, { why: 'a look' });
    expect((await reading).status).toBe(200);
  } finally {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  }
});
