import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

/** The OpenAPI 3.1 document of these endpoints: made from the same table that is mounted. */
export function describeApi(endpoints: readonly Endpoint[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method]: describeOperation(endpoint, path) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport operations API', version },
    paths,
    components: {
      securitySchemes: { operator: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM },
    },
  };
}

function describeOperation(endpoint: Endpoint, path: string): object {
  const body = z.toJSONSchema(endpoint.body, { io: 'input' });
  return {
    operationId: `${endpoint.method}${path.replace(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    summary: endpoint.summary,
    'x-permission': endpoint.permission,
    security: endpoint.permission === 'open' ? [] : [{ operator: [] }],
    parameters: [...pathParameters(path), ...queryParameters(endpoint)],
    ...(endpoint.method === 'get' ? {} : { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: {
      [endpoint.status]: { description: 'Done', content: { [endpoint.produces]: {} } },
      default: {
        description: 'Why not (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function pathParameters(path: string): readonly object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(endpoint: Endpoint): readonly object[] {
  const { properties = {} } = z.toJSONSchema(endpoint.query, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'stable, for programs' },
    fix: { type: 'string', description: 'what to do about it, for people' },
  },
};
