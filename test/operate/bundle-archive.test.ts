import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperationsLab, openOperationsLab } from './operations-lab.ts';

const LIBRARY = Buffer.from([31, 139, 0, 255]);
const SITE = Buffer.from('a site');
const ALONE = `sha256:${'a'.repeat(64)}`;
const PAIR = `sha256:${'b'.repeat(64)}`;

let lab: OperationsLab;

beforeAll(async () => {
  lab = await openOperationsLab({
    archived: async (digest) => {
      if (digest === ALONE) return { library: LIBRARY };
      return digest === PAIR ? { library: LIBRARY, site: { archive: SITE, trust: ['windows'] } } : undefined;
    },
  });
});
afterAll(() => lab.close());

const ask = (digest: string) => lab.ask('GET', `/v1/bundle/archive/${digest}`, { token: lab.tokens.viewer });

it('what judged is given as it was kept', async () => {
  expect(await ask(ALONE)).toMatchObject({
    status: 200,
    json: { digest: ALONE, library: LIBRARY.toString('base64'), site: null },
  });
  expect(await ask(PAIR)).toMatchObject({
    status: 200,
    json: { site: { archive: SITE.toString('base64'), trust: ['windows'] } },
  });
});

it.each([`sha256:${'c'.repeat(64)}`, 'no-digest', '..%2F..%2Fetc%2Fpasswd', encodeURIComponent('sha256:../x')])(
  '%s is not there',
  async (digest) => {
    const { status, json } = await ask(digest);
    expect([status, json]).toEqual([404, expect.objectContaining({ code: 'request/not-found' })]);
  },
);
