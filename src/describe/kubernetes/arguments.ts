import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { queryValue, type WireCall } from '../../listen/wire.ts';
import { UNKNOWN, type Unknown } from '../action.ts';
import type { Redactor } from '../redact.ts';
import { isConnect } from './classify.ts';
import type { KubernetesRequest, PatchType } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { streamArguments } from './streams.ts';

/** Query parameters that say what is asked for, and the argument that each becomes. */
const PARAMETERS: readonly (readonly [parameter: string, argument: string])[] = [
  ['container', 'container'],
  ['fieldManager', 'field_manager'],
  ['force', 'force'],
  ['follow', 'follow'],
  ['previous', 'previous'],
];
const LONGEST_ARGUMENT = 256;
const MOST_WORDS = 16;

/** The call's own arguments for policy and the record: redacted, each at most 256 characters, in snake_case. */
export function callArguments(call: WireCall, request: KubernetesRequest, redactor: Redactor): JsonObject {
  const { info, deleteOptions } = request;
  const shown: Record<string, Json> = {};
  const show = (name: string, value: string | number | boolean | undefined): void => {
    if (value === undefined || value === '') return;
    shown[name] = typeof value === 'string' ? bounded(redactor.redactText(value), redactor) : value;
  };
  show('label_selector', request.labelSelector);
  show('field_selector', request.fieldSelector);
  show('patch_type', request.patchType);
  show('replicas', request.replicas);
  if (deleteOptions !== undefined) {
    show('grace_period_seconds', deleteOptions.gracePeriodSeconds);
    show('propagation_policy', deleteOptions.propagationPolicy);
    show('orphan_dependents', deleteOptions.orphanDependents);
    show('precondition_uid', deleteOptions.preconditions.uid);
  }
  if (call.path.query.length > 0) {
    for (const [parameter, argument] of PARAMETERS) show(argument, queryValue(call.path, parameter));
    const words = call.path.query.filter(([name]) => name === 'command').map(([, value]) => value);
    if (words.length > 0) shown.command = commandLine(words, redactor);
  }
  if (isConnect(info)) show('path', proxied(info));
  return Object.assign(shown, streamArguments(info, call));
}

function commandLine(words: readonly string[], redactor: Redactor): readonly string[] {
  const line = redactor.redactWords(words).map((word) => bounded(word, redactor));
  return line.length > MOST_WORDS ? [...line.slice(0, MOST_WORDS), redactor.digest(JSON.stringify(words))] : line;
}

function bounded(text: string, redactor: Redactor): string {
  return text.length > LONGEST_ARGUMENT ? redactor.digest(text) : text;
}

/** What is asked of the program behind a proxy. */
function proxied(info: RequestInfo): string {
  const behind = info.parts.slice(info.verb === 'proxy' ? 2 : 3);
  return behind.length === 0 ? '' : `/${behind.join('/')}`;
}

/** The replicas that a body asks for, wherever it says so; undefined when it does not. */
export function wantedReplicas(body: Json | undefined, patchType: PatchType | undefined): number | Unknown | undefined {
  if (patchType === 'json') return isArray(body) ? patchedReplicas(body) : undefined;
  const spec = isObject(body) ? body.spec : undefined;
  return isObject(spec) ? count(spec.replicas) : undefined;
}

function patchedReplicas(operations: readonly Json[]): number | Unknown | undefined {
  let wanted: number | Unknown | undefined;
  for (const operation of operations) {
    if (!isObject(operation) || operation.op === 'test') continue;
    const { op, path, value } = operation;
    if (path === '/spec/replicas') wanted = op === 'add' || op === 'replace' ? (count(value) ?? UNKNOWN) : UNKNOWN;
    // Replaces the whole of what replicas are a part of.
    else if (path === '' || path === '/spec') wanted = UNKNOWN;
  }
  return wanted;
}

function count(value: Json | undefined): number | Unknown | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : UNKNOWN;
}
