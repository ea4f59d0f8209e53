import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { Principal } from '../identify/principal.ts';
import type { WireHead } from '../listen/wire.ts';

/** What a handler is given, all of it checked. */
export interface AgentAsked<Body> {
  readonly principal: Principal;
  /** The path's `:id`, or empty. */
  readonly id: string;
  readonly body: Body;
  /** Who asks, as it came: for what is done with the caller's own credential. */
  readonly head: OwnHead;
  /** Counts so many more requests of the agent. @throws SallyportError `request/too-many` */
  readonly spend: (more: number) => void;
}

/** The head of a call to the gate itself, which is on no route. */
export type OwnHead = Omit<WireHead, 'route'> & { readonly route: undefined };

/** One endpoint on the agents' side of the gate, below `/sallyport/v1`. */
export interface AgentEndpoint {
  readonly method: 'GET' | 'POST';
  /** Segments, of which `:id` is any id: `intents/:id/evidence`. */
  readonly path: string;
  readonly status: number;
  run(asked: Omit<AgentAsked<unknown>, 'body'> & { readonly body: unknown }): Promise<object>;
}

/** A member that is not known may be anything, also a secret in the wrong place: of its name only the beginning is told. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  return `there is no ${issue.keys.map((key) => JSON.stringify(key.slice(0, 32))).join(', ')}`;
}

/** The schema of a body that has nothing in it. */
export const noBody = z.strictObject({});

/** An endpoint whose body is checked before anybody looks at it. */
export function agentEndpoint<Body>(
  spec: Pick<AgentEndpoint, 'method' | 'path'> & { readonly status?: number; readonly body: z.ZodType<Body> },
  run: (asked: AgentAsked<Body>) => Promise<object>,
): AgentEndpoint {
  const { method, path, status = 200, body: schema } = spec;
  return {
    ...{ method, path, status },
    run: ({ body, ...asked }) => {
      const parsed = schema.safeParse(body);
      if (parsed.success) return run({ ...asked, body: parsed.data });
      const lines = parsed.error.issues.map((issue) => `${['body', ...issue.path].join('.')}: ${messageOf(issue)}`);
      const told = lines.slice(0, 5).join('; ');
      throw new SallyportError('request/invalid', told.slice(0, 1000));
    },
  };
}
