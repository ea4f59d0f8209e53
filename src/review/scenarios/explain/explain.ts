import { isObject, type JsonObject } from '../../../json.ts';
import type { Seat } from '../bench.ts';
import type { CallWriter } from '../calls/call-writer.ts';
import { ruleFile } from '../rule-file.ts';
import type { Said } from '../rule-probe.ts';
import type { Ran } from '../run-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { fieldsThatMatter, fieldText } from './fields.ts';
import { findFlips, flipLines } from './flips.ts';
import { descriptionOf } from './metadata.ts';
import { conditionText, type Tracing, traceRules } from './trace.ts';

export interface ExplainOptions {
  /** The bundle's Rego by name. */
  readonly sources: ReadonlyMap<string, string>;
  /** Where OPA is there: which conditions held. */
  readonly tracing: Tracing | undefined;
}

/** What made the verdict, in lines: each rule that spoke, what it looks at, and what would change the outcome. All of it evaluated. */
export async function explainScenario(
  scenario: Scenario,
  ran: Ran,
  seat: Seat,
  writer: CallWriter,
  options: ExplainOptions,
): Promise<readonly string[]> {
  const { judged } = ran;
  const { probe } = seat;
  if (judged === undefined || probe === undefined) return ['the wire checks refused it before anybody read it'];
  const lines: string[] = [];
  const names = knownNames(seat.settings);
  const titles = new Map(probe.rules.map(({ id, title }) => [id, title]));
  for (const said of judged.said) {
    lines.push(`${said.rule} (${titles.get(said.rule)}): ${said.effects.join(', ')}`);
    const about = descriptionOf(sourceOf(said, options.sources));
    if (about !== undefined) lines.push(`  ${about}`);
    for (const { message } of said.reasons) lines.push(`  says: ${message}`);
    const fields = fieldsThatMatter(probe, judged.input, said, names);
    if (fields.length > 0) lines.push(`  depends on: ${fields.map(fieldText).join('; ')}`);
    if (options.tracing !== undefined)
      for (const condition of await traceRules(options.tracing, seat.settings, judged.input, [said.rule]))
        lines.push(`  ${conditionText(condition)}`);
  }
  return [...lines, ...flipLines(findFlips(scenario, ran, seat, writer))];
}

function sourceOf({ rule }: Said, sources: ReadonlyMap<string, string>): string {
  return sources.get(ruleFile(rule)) ?? '';
}

function knownNames({ environments, runbooks }: JsonObject): readonly string[] {
  const places = isObject(environments) ? environments.names : undefined;
  return [places, runbooks].flatMap((one) => (isObject(one) ? Object.keys(one) : []));
}
