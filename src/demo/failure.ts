import type { JsonObject } from '../json.ts';
import { type Kind, qualifiedName } from './kinds.ts';

/** A refusal of the demonstration upstream; answered as a Kubernetes `Status`. */
export class Failure extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject;

  constructor(code: number, reason: string, message: string, details: JsonObject = {}) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The `Status` object that kubectl prints the message of. */
  toStatus(): JsonObject {
    const { code, reason, message, details } = this;
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  }
}

export function notFound(kind: Kind, name: string): Failure {
  return new Failure(404, 'NotFound', `${qualifiedName(kind)} "${name}" not found`, detailsOf(kind, name));
}

export function alreadyExists(kind: Kind, name: string): Failure {
  return new Failure(409, 'AlreadyExists', `${qualifiedName(kind)} "${name}" already exists`, detailsOf(kind, name));
}

export function conflict(kind: Kind, name: string, why: string): Failure {
  const message = `Operation cannot be fulfilled on ${qualifiedName(kind)} "${name}": ${why}`;
  return new Failure(409, 'Conflict', message, detailsOf(kind, name));
}

export function invalid(kind: Kind, name: string, field: string, why: string): Failure {
  // kubectl prints the causes, not the message.
  const details = { ...detailsOf(kind, name), causes: [{ reason: 'FieldValueInvalid', message: why, field }] };
  return new Failure(422, 'Invalid', `${kind.kind} "${name}" is invalid: ${field}: ${why}`, details);
}

export function badRequest(message: string): Failure {
  return new Failure(400, 'BadRequest', message);
}

/** What a JSON patch tests is not so. */
export function testFailed(path: string): Failure {
  return new Failure(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: the test of ${path} failed`,
  );
}

function detailsOf(kind: Kind, name: string): JsonObject {
  return { name, kind: kind.plural, ...(kind.group === '' ? {} : { group: kind.group }) };
}
