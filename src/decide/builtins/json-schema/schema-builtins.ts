import { RegoObject, type Term } from '../../terms/term.ts';
import { type HostBuiltins, onTerms } from '../host-builtin.ts';
import { compileSchema } from './compile-schema.ts';
import { documentOf, isProblem } from './document.ts';
import { SchemaError } from './schema.ts';
import { validateDocument } from './validate-document.ts';

/** `json.match_schema` and `json.verify_schema` */
export const schemaBuiltins: HostBuiltins = {
  'json.match_schema': onTerms(matchSchema),
  'json.verify_schema': onTerms(verifySchema),
};

/** [whether the document matches, what it violates]; undefined where OPA says error. */
function matchSchema(document?: Term, schema?: Term): Term | undefined {
  const [value, rules] = [documentOf(document), documentOf(schema)];
  if (isProblem(value) || isProblem(rules)) return undefined;
  try {
    const violations = validateDocument(compileSchema(rules), value);
    const found = violations.map(({ type, field, description }) => {
      const members = [
        ['type', type],
        ['field', field],
        ['desc', description],
        ['error', `${field}: ${description}`],
      ] as const;
      return new RegoObject(members);
    });
    return [violations.length === 0, found];
  } catch (thrown) {
    if (thrown instanceof SchemaError) return undefined;
    throw thrown;
  }
}

/** [whether it is a schema, what is wrong with it or null] */
function verifySchema(schema?: Term): Term {
  const rules = documentOf(schema);
  if (isProblem(rules)) return [false, `jsonschema: ${rules.problem}`];
  try {
    compileSchema(rules);
    return [true, null];
  } catch (thrown) {
    if (thrown instanceof SchemaError) return [false, `jsonschema: ${thrown.message}`];
    throw thrown;
  }
}
