import { expect, it } from 'vitest';
import { Prober } from '../../../src/settle/verify/prober.ts';
import { unknownEndpoints } from '../../../src/settle/verify/unknown-endpoints.ts';

const endpoint = { url: 'https://shop.example.com/', token: undefined, ca: undefined, timeout: 1_000 };
const prober = new Prober([
  { ...endpoint, name: 'shop', kind: 'http' },
  { ...endpoint, name: 'metrics', kind: 'prometheus' },
]);

it('tells of endpoints that the policy names and the configuration does not, or as another kind', () => {
  const http = (name: string) => ({ probe: 'http', endpoint: name, status: 200 });
  const settings = {
    verification: {
      actions: {
        'kubernetes:pods:delete': { probes: [{ probe: 'absent' }, http('shop'), http('gone')] },
        'kubernetes:services:patch': { probes: [http('metrics')] },
      },
    },
    runbooks: {
      careful: {
        verification: { probes: [{ probe: 'prometheus', endpoint: 'shop', query: 'up', is: '==', than: 1 }] },
      },
      wordy: { verification: { signal: 'it is well' } },
    },
  };
  const asked = 'which is no such probe of the configuration: people are asked instead';
  expect(unknownEndpoints(settings, (probe) => prober.knows(probe))).toEqual([
    `the policy verifies kubernetes:pods:delete by "gone", ${asked}`,
    `the policy verifies kubernetes:services:patch by "metrics", ${asked}`,
    `the policy verifies runbook careful by "shop", ${asked}`,
  ]);
  expect(unknownEndpoints({}, () => true)).toEqual([]);
});
