import { type HostBuiltins, onTerms } from '../host-builtin.ts';
import { jsonPatch } from './json-patch.ts';
import { marshalWithOptions } from './marshal-with-options.ts';

/** `json.*` of values that is not native to OPA's modules. */
export const jsonBuiltins: HostBuiltins = {
  'json.marshal_with_options': onTerms(marshalWithOptions),
  'json.patch': onTerms(jsonPatch),
};
