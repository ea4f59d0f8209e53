import type { JsonObject } from '../../json.ts';
import type { TrustReport } from './trust.ts';

/** What an agent's level rests on, as people's tools get it. */
export function trustJson({ agent, since, standing, evidence, problem }: TrustReport): JsonObject {
  const { promotion, demotion } = standing ?? { promotion: null, demotion: null };
  return {
    agent: agent.id,
    level: agent.level,
    since,
    window: standing?.window ?? null,
    numbers: standing?.numbers ?? null,
    promotion: promotion === null ? null : { ...promotion, tests: promotion.tests.map((test) => ({ ...test })) },
    demotion:
      demotion === null
        ? null
        : { ...demotion, because: demotion.because.map((reason) => ({ ...reason })), decisions: evidence },
    problem: problem === undefined ? null : { code: problem.code, message: problem.message },
  };
}
