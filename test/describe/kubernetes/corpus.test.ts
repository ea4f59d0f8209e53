import { expect, it } from 'vitest';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import { parseTarget } from '../../../src/listen/wire-path.ts';
import { CORPUS } from '../../e2e/corpus.ts';
import { headersOf } from '../../e2e/corpus-table.ts';
import { wireCall } from '../wire-calls.ts';

const surface = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32)) });

// Whether the API server agrees is seen in test/e2e/corpus.test.ts; here the class of what is refused counts too.
it.each(CORPUS)('$method $path is $action.class', (golden) => {
  const { method, path, body, upgrade, action, refused } = golden;
  const rest = { ...(body && { body }), headers: headersOf(golden) };
  const call = { ...wireCall(method, '/', rest), upgrade: upgrade?.toLowerCase(), path: parseTarget(path) };
  const described = surface.describe(call);
  const { name: objectName, namespace } = described.target;
  const { name, class: kind, verb, resource } = described.action;
  expect({ name, class: kind, verb, resource, namespace, objectName }).toEqual(action);
  const unread = described.unreadable !== undefined || kind === 'unknown';
  expect(unread).toBe(refused === 'gate/unreadable');
});
