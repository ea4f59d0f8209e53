import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../json.ts';
import { Failure } from './failure.ts';
import { apiVersionOf } from './kinds.ts';
import { type Change, metadataOf, type ObjectStore } from './object-store.ts';
import type { ResourcePath } from './resource-path.ts';
import { toTable } from './table.ts';

/** What a watch is to show. */
export interface Watch {
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly matches: (object: JsonObject) => boolean;
  readonly asTable: boolean;
}

/**
 * Streams changes, one JSON object a line, until the client leaves or `timeoutSeconds` are over. Without a resource
 * version, or with `sendInitialEvents`, it starts with what there is.
 */
export function streamWatch(store: ObjectStore, response: ServerResponse, watch: Watch): void {
  const { path, query, matches } = watch;
  response.writeHead(200, { 'content-type': 'application/json' });
  // A client waits for the head even when nothing happens.
  response.flushHeaders();
  const send = (type: string, object: JsonObject) => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const show = (type: string, object: JsonObject) => {
    const version = String(metadataOf(object).resourceVersion);
    send(type, watch.asTable ? toTable(path.kind, [object], version, store.sources.now()) : object);
  };
  const onChange = ({ kind, object, type }: Change) => {
    const { namespace, name } = metadataOf(object);
    const inReach = (path.namespace === '' || namespace === path.namespace) && (path.name === '' || name === path.name);
    if (kind === path.kind && inReach && matches(object)) show(type, object);
  };
  const from = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents') === 'true';
  if (initial || from === '' || from === '0') {
    for (const object of store.list(path.kind, path.namespace)) {
      if ((path.name === '' || metadataOf(object).name === path.name) && matches(object)) show('ADDED', object);
    }
    if (initial) send('BOOKMARK', initialEventsEnd(store, path));
  } else {
    const missed = store.changesSince(Number(from));
    if (missed === undefined || Number.isNaN(Number(from))) {
      send('ERROR', new Failure(410, 'Expired', `too old resource version: ${from}`).toStatus());
      response.end();
      return;
    }
    missed.forEach(onChange);
  }
  const unsubscribe = store.subscribe(onChange);
  const seconds = Number(query.get('timeoutSeconds'));
  const timer = setTimeout(() => response.end(), (seconds > 0 ? seconds : 1_800) * 1_000);
  response.once('close', () => {
    unsubscribe();
    clearTimeout(timer);
  });
}

function initialEventsEnd(store: ObjectStore, { kind }: ResourcePath): JsonObject {
  const metadata = { resourceVersion: String(store.version), annotations: { 'k8s.io/initial-events-end': 'true' } };
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata };
}
