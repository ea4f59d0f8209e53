import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { packageBundle } from '../../config/file.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { parseStrictJson } from '../../strict-json.ts';
import { type Call, readDecisions, type Unusable } from './call.ts';

/** Bytes of the longest line: a page of five hundred decisions. */
const LONGEST_LINE = 32 * 2 ** 20;

/**
 * Reads a file of calls, one JSON value a line: policy inputs, and decisions as the operations API and the log give them. Empty lines
 * are skipped.
 * @throws SallyportError `usage/invalid` naming file and line of what is neither
 */
export async function* readCalls(file: string): AsyncGenerator<Call | Unusable> {
  const isInput = await inputCheck();
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    if (line.length === 0) continue;
    yield* callsIn(line, `${file}:${number}`, isInput);
  }
  if (number === 0) throw wrong(file, 'it is empty');
}

function callsIn(line: Uint8Array, at: string, isInput: ValidateFunction): readonly (Call | Unusable)[] {
  const value = parse(line, at);
  const decisions = readDecisions(value);
  if (decisions !== undefined) return decisions;
  if (isInput(value)) return [{ name: at, input: value, recorded: undefined }];
  const [problem] = isInput.errors ?? [];
  const where = problem === undefined ? '' : `${problem.instancePath.replaceAll('/', '.')} ${problem.message ?? ''}`;
  throw wrong(at, `neither a decision nor a policy input: ${`input${where}`.trim()}`);
}

function parse(line: Uint8Array, at: string): JsonObject {
  try {
    const value: unknown = parseStrictJson(line);
    if (isObject(value)) return value;
  } catch (cause) {
    throw wrong(at, `it is not JSON: ${messageOf(cause)}`);
  }
  throw wrong(at, 'it is not a JSON object');
}

/** The lines of a file without their ends. */
async function* linesOf(file: string): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file)) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield trimmed(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
      }
      if (rest.length > LONGEST_LINE) throw new Error(`a line is longer than ${LONGEST_LINE} bytes`);
    }
  } catch (cause) {
    throw cause instanceof SallyportError ? cause : wrong(file, `it cannot be read: ${messageOf(cause)}`);
  }
  if (rest.length > 0) yield trimmed(rest);
}

function trimmed(line: Buffer): Uint8Array {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

async function inputCheck(): Promise<ValidateFunction<JsonObject>> {
  const schema = join(dirname(packageBundle()), '../rego/schemas/input.json');
  return new Ajv({ strict: false, logger: false }).compile<JsonObject>(JSON.parse(await readFile(schema, 'utf8')));
}

function wrong(at: string, why: string): SallyportError {
  return new SallyportError('usage/invalid', `${at}: ${why}`, {
    fix: 'a line is a policy input, or a decision as `sallyport decisions show --json` prints it',
  });
}
