import { readFileSync } from 'node:fs';
import type { LabAddress } from './lab.ts';

/** What reached the API server so far, oldest first, as its own audit log tells it. */
export function readAudit(lab: LabAddress): readonly AuditEvent[] {
  const lines = readFileSync(lab.audit, 'utf8').split('\n');
  // The last piece is empty, or a line that is still being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

/** The part of an `audit.k8s.io/v1` event that tests look at. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
  /** Absent where the call is about no resource; members that are empty are left out. */
  readonly objectRef?: {
    readonly resource?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}
