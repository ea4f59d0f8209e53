import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { PolicyInput } from './input.ts';
import type { Questions } from './judge.ts';

/** The entrypoint that says who is asked about a held call; its input is the one that the call was judged by. */
export const ESCALATION = 'sallyport/escalation/graph';

const names = z.array(z.string().min(1)).readonly();
const seconds = z.int().positive();
const whom = { ask: names, tell: names, notify: names };

/** See `rego/data/escalation.yaml`, which it comes from. */
const graphSchema = z
  .strictObject({
    name: z.string().min(1),
    steps: z
      .array(z.strictObject({ after: z.int().nonnegative(), ...whom }).readonly())
      .min(1)
      .readonly(),
    loops: seconds,
    loop_every: seconds,
    fallback: z.strictObject(whom).readonly(),
    decide_within: seconds,
    run_within: seconds,
  })
  .readonly();

/**
 * Who is asked about a held call, in which order and how often, and how long people have; durations in seconds. Asking nobody
 * in particular (`ask: []`) is to ask those whose approval the hold needs.
 */
export type EscalationGraph = z.infer<typeof graphSchema>;

/** Where policy does not say: those who may approve are asked once, and have an hour. */
const PLAIN: EscalationGraph = {
  name: 'none',
  steps: [{ after: 0, ask: [], tell: [], notify: [] }],
  loops: 1,
  loop_every: 1_800,
  fallback: { ask: [], tell: [], notify: [] },
  decide_within: 3_600,
  run_within: 300,
};

/** The graph of a held call, and what went wrong where policy had no sound answer (a bundle built before it had any). */
export interface Escalation {
  readonly graph: EscalationGraph;
  readonly fault: SallyportError | undefined;
}

/** Asks policy who is to be asked about a call that was judged by this input. */
export function escalationOf(questions: Questions, input: PolicyInput & JsonObject): Escalation {
  const { answer, fault } = questions.ask(ESCALATION, input, input.call);
  if (fault !== undefined) return { graph: PLAIN, fault };
  const read = graphFrom(answer);
  if (read !== undefined) return { graph: read, fault: undefined };
  const message = `${ESCALATION} did not answer with a graph that comes to an end`;
  return { graph: PLAIN, fault: new SallyportError('policy/nonsense', message) };
}

/** The graph in a stored or answered value; undefined when it is none, or its rounds are not over before the time to decide is. */
export function graphFrom(value: unknown): EscalationGraph | undefined {
  const { data } = graphSchema.safeParse(value);
  if (data === undefined) return undefined;
  const { steps, loops, loop_every: every, decide_within: end } = data;
  const ordered = steps.every(({ after }, i) => after > (steps[i - 1]?.after ?? -1) && after < every);
  return ordered && loops * every < end ? data : undefined;
}
