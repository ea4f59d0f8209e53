import type { Json } from '../../json.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

/**
 * Other ladders of autonomy, as the policy in force maps them to levels. Levels are granted as levels: a client translates
 * a step and says so in its reason, so that the record names both.
 */
export function ladderEndpoints(ladders: () => Json): readonly Endpoint[] {
  return [
    endpoint(
      'agents.read',
      {
        method: 'get',
        path: '/v1/ladders',
        summary: 'Other ladders of autonomy and the levels that their steps stand for',
        body: nothing,
        query: nothing,
      },
      async () => ({ kind: 'json', value: { ladders: ladders() } }),
    ),
  ];
}
