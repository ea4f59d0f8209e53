import { marshalJson } from '../../terms/marshal-json.ts';
import { RegoObject, type Term } from '../../terms/term.ts';

/** OPA's `json.marshal_with_options(x, {"pretty": boolean, "prefix": text, "indent": text})` */
export function marshalWithOptions(value: Term | undefined, options: Term | undefined): Term | undefined {
  if (value === undefined || !(options instanceof RegoObject)) return undefined;
  if (options.members.some(([name]) => name !== 'pretty' && name !== 'prefix' && name !== 'indent')) return undefined;
  const { prefix = '', indent = '\t', pretty } = textsOf(options);
  if (typeof prefix !== 'string' || typeof indent !== 'string') return undefined;
  if (pretty !== undefined && typeof pretty !== 'boolean') return undefined;
  const isPretty = pretty ?? options.members.length > 0;
  return isPretty ? prefix + marshalJson(value, { indentation: { prefix, indent } }) : marshalJson(value);
}

function textsOf(options: RegoObject): { readonly prefix?: Term; readonly indent?: Term; readonly pretty?: Term } {
  return Object.fromEntries(options.members);
}
