import { expect, it } from 'vitest';
import { sarifOf } from '../../../src/review/report/sarif.ts';

it('writes findings as SARIF 2.1.0, each with its rule and its place', () => {
  const log = sarifOf(
    {
      version: '1.2.3',
      rules: { 'scenario-failed': 'A scenario did not come out as it should' },
      findings: [
        { rule: 'scenario-failed', level: 'error', message: 'a restart is held', at: { file: 'a b/c.yaml', line: 7 } },
        { rule: 'rule-untested', level: 'warning', message: 'nothing fires blast/limits', fix: 'add a case' },
      ],
    },
    'rego',
  );
  expect(log).toEqual({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Sallyport',
            semanticVersion: '1.2.3',
            rules: [
              { id: 'rule-untested', shortDescription: { text: 'rule-untested' } },
              {
                id: 'scenario-failed',
                shortDescription: { text: 'A scenario did not come out as it should' },
              },
            ],
          },
        },
        columnKind: 'utf16CodeUnits',
        results: [
          {
            ruleId: 'scenario-failed',
            ruleIndex: 1,
            level: 'error',
            message: { text: 'a restart is held' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'a%20b/c.yaml' }, region: { startLine: 7 } } }],
          },
          {
            ruleId: 'rule-untested',
            ruleIndex: 0,
            level: 'warning',
            message: { text: 'nothing fires blast/limits\nfix: add a case' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'rego' }, region: { startLine: 1 } } }],
          },
        ],
      },
    ],
  });
});
