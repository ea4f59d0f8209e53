import { SallyportError } from '../../errors.ts';
import type { Admitted } from '../../identify/operator-access.ts';
import type { JsonObject } from '../../json.ts';
import type { Answer, Endpoint } from '../endpoint.ts';
import type { Ask, Visit } from './page.ts';

/** The operations API from inside: pages do what anybody could do with a token, through the same checks. */
export class InnerApi {
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #now: () => Date;

  constructor(endpoints: readonly Endpoint[], now: () => Date) {
    this.#endpoints = new Map(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
    this.#now = now;
  }

  /** @param name as `post /v1/freezes/:id/lift` */
  has(name: string): boolean {
    return this.#endpoints.has(name);
  }

  /** What asks as `caller`. @throws SallyportError whatever the endpoint throws */
  as(caller: Admitted): Pick<Visit, 'ask' | 'askDocument'> {
    return {
      ask: async (name, asked) => {
        const answer = await this.#run(caller, name, asked);
        if (answer.kind !== 'json') throw new TypeError(`${name} answers with no JSON`);
        const text: JsonObject = JSON.parse(JSON.stringify(answer.value));
        return text;
      },
      askDocument: async (name, asked) => {
        const answer = await this.#run(caller, name, asked);
        if (answer.kind !== 'text') throw new TypeError(`${name} answers with no document`);
        return answer.text;
      },
    };
  }

  async #run(caller: Admitted, ...[name, asked = {}]: Parameters<Ask>): Promise<Answer> {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) throw new SallyportError('request/not-found', `this gate has no ${name}`);
    const { id = '', query = {}, body = {} } = asked;
    return endpoint.run(caller, { id, query, body, now: this.#now(), stillWelcome: () => true });
  }
}
