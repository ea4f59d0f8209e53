import type { KeptBundle } from '../../decide/kept-bundles.ts';
import { SallyportError } from '../../errors.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

/** What judged under a digest, or undefined when it is not kept. @throws SallyportError `request/invalid` when it is no digest */
export type ReadArchived = (digest: string) => Promise<KeptBundle | undefined>;

/**
 * What judged earlier decisions, so that they can be judged again. Whoever may read decisions may read by what they were
 * judged: a policy is no secret, and it says less of the infrastructure than its decisions.
 */
export function bundleArchiveEndpoints(archived: ReadArchived): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/bundle/archive/:id',
        summary: 'The archives (base64) of what judged under a digest that a decision names',
        body: nothing,
        query: nothing,
      },
      async ({ id }) => {
        const found = await archived(id);
        if (found === undefined) throw new SallyportError('request/not-found', `no bundle ${id} is kept here`);
        const { library, site } = found;
        return {
          kind: 'json',
          value: {
            digest: id,
            library: textOf(library),
            site: site === undefined ? null : { archive: textOf(site.archive), trust: site.trust },
          },
        };
      },
    ),
  ];
}

function textOf(archive: Uint8Array): string {
  return Buffer.from(archive).toString('base64');
}
