import type { Json, JsonObject } from '../../json.ts';
import type { Finding } from './finding.ts';

export interface SarifOptions {
  /** The product's version. */
  readonly version: string;
  /** What each kind of finding is about, in a sentence, by `Finding.rule`. */
  readonly rules: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/**
 * Findings as a SARIF 2.1.0 log (OASIS), with what code scanning of GitHub asks for beyond it: a rule for every result, and a
 * place for every result - those without one of their own are put at the first line of `place`.
 * @param place where findings go that have no place: the bundle or the folder that was looked at
 */
export function sarifOf({ version, rules, findings }: SarifOptions, place = '.'): JsonObject {
  const ids = [...new Set([...Object.keys(rules), ...findings.map(({ rule }) => rule)])].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Sallyport',
            semanticVersion: version,
            rules: ids.map((id) => ({ id, shortDescription: { text: rules[id] ?? id } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule), place)),
      },
    ],
  };
}

function resultOf({ rule, level, message, fix, at }: Finding, ruleIndex: number, place: string): Json {
  const uri = encodeURI(at?.file ?? place);
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text: fix === undefined ? message : `${message}\nfix: ${fix}` },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: at?.line ?? 1 } } }],
  };
}
