import type { Notice } from './notice.ts';

/** What became of one try. */
export type Sent =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      /** One line, without secrets. */
      readonly why: string;
      /** The receiver understood it and does not want it: more tries are not likely to help. */
      readonly refused: boolean;
      /** Milliseconds that the receiver asks to be left alone. */
      readonly retryAfter: number;
    };

/** Where people are told. */
export interface Target {
  readonly name: string;
  readonly kind: 'webhook' | 'slack' | 'pagerduty' | 'email';
  /** Milliseconds that one try may take. */
  readonly timeout: number;
  /** Which notices it wants. */
  wants(notice: Notice, told: Told): boolean;
  /** One try; never rejects, and ends when the signal does. */
  send(notice: Notice, signal: AbortSignal): Promise<Sent>;
}

/** How a notice is told unless a target says which it wants. */
export interface Told {
  /** Only those that ask for it by name are told. */
  readonly quiet: boolean;
}

export const DELIVERED: Sent = { kind: 'delivered' };
