import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { judgeCases } from './conformance.ts';
import { listNotPassed, NOT_PASSED } from './not-passed.ts';

// node test/conformance/main.ts [--write] [PART]: judges OPA's cases (whose name contains PART), prints those that do not
// pass, and with --write rewrites not-passed.yaml. Exit 1 when an answer is wrong.
const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
const judged = await judgeCases((line) => process.stderr.write(`${line}\n`), positionals[0]);
const counts = { pass: 0, refused: 0, faulted: 0, wrong: 0 };
for (const { outcome } of judged) counts[outcome.kind] += 1;
const others = judged.filter(({ outcome }) => outcome.kind !== 'pass');
for (const { name, outcome } of others) process.stdout.write(`${outcome.kind}: ${name}: ${outcome.reason}\n`);
const { pass, refused, faulted, wrong } = counts;
process.stdout.write(
  `${judged.length} cases: ${pass} pass, ${refused} refused at build, ${faulted} faulted, ${wrong} wrong\n`,
);
if (values.write) await writeFile(NOT_PASSED, listNotPassed(judged));
process.exitCode = wrong > 0 || judged.length === 0 ? 1 : 0;
