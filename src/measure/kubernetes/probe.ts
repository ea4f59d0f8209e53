import { messageOf } from '../../errors.ts';
import type { Impersonation } from '../../settle/outbound-headers.ts';
import { type ApiAnswer, type ApiEndpoint, type ApiRequest, askApi } from './api-client.ts';
import type { FactSheet } from './fact-sheet.ts';

export interface ProbeOptions {
  readonly endpoint: ApiEndpoint;
  /** Whom to impersonate, or undefined to ask as the gate itself. */
  readonly agent: Impersonation | undefined;
  /** The deadline of the whole measurement. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly sheet: FactSheet;
}

/** Asks the API server for facts; a question without an answer is a gap, never an exception. */
export class Probe {
  readonly #options: ProbeOptions;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  time(): string {
    return this.#options.now().toISOString();
  }

  /** As the agent: what it may not see, it may not have measured for it. */
  asAgent(method: string, path: string, more: Partial<ApiRequest> = {}): Promise<ApiAnswer | undefined> {
    return this.#ask({ method, path, impersonate: this.#options.agent, signal: this.#options.signal, ...more });
  }

  /** As the gate: only for the labels of namespaces, which the gate may always read. */
  asGate(method: string, path: string): Promise<ApiAnswer | undefined> {
    return this.#ask({ method, path, impersonate: undefined, signal: this.#options.signal });
  }

  async #ask(ask: ApiRequest): Promise<ApiAnswer | undefined> {
    try {
      return await askApi(this.#options.endpoint, ask);
    } catch (error) {
      this.#options.sheet.gap(messageOf(error));
      return undefined;
    }
  }
}
