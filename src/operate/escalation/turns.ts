import type { EscalationGraph } from '../../decide/escalation.ts';

/** When others are asked, or the same again. */
export interface Turn {
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** The round and the step of it, from 1; both 0 when all rounds are over and nobody has decided. */
  readonly loop: number;
  readonly step: number;
  /** Groups that should decide; none: those whose approval is still missing. */
  readonly ask: readonly string[];
  /** Groups that hear of it. */
  readonly tell: readonly string[];
  /** Targets for notices, by name. */
  readonly notify: readonly string[];
}

/** All turns of a graph from when the call was held, in their order; the last is the fallback. */
export function turnsOf(graph: EscalationGraph, openedAt: string): readonly Turn[] {
  const { steps, loops, loop_every: every, fallback } = graph;
  const start = Date.parse(openedAt);
  const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
  const rounds = Array.from({ length: loops }, (_, round) =>
    steps.map(({ after, ...whom }, index) => ({
      ...{ at: at(round * every + after), loop: round + 1, step: index + 1 },
      ...whom,
    })),
  );
  const turns = rounds.flat().filter((turn) => turn.at !== openedAt || !isOpening(turn));
  return [...turns, { at: at(loops * every), loop: 0, step: 0, ...fallback }];
}

/** Those whose approval a call needs are asked when it is held: to ask nobody else at the same instant says nothing new. */
function isOpening({ ask, tell, notify }: Turn): boolean {
  return ask.length + tell.length + notify.length === 0;
}
