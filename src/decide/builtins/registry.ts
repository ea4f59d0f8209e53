import { awsBuiltins } from './aws/aws-builtins.ts';
import { cryptoBuiltins } from './crypto-builtins.ts';
import { encodingBuiltins } from './encoding/encoding-builtins.ts';
import { graphBuiltins } from './graph/graph-builtins.ts';
import type { HostBuiltins } from './host-builtin.ts';
import { jsonBuiltins } from './json/json-builtins.ts';
import { schemaBuiltins } from './json-schema/schema-builtins.ts';
import { jwtBuiltins } from './jwt/jwt-builtins.ts';
import { nativeBuiltins } from './native-builtins.ts';
import { netBuiltins } from './net-builtins.ts';
import { numberBuiltins } from './number-builtins.ts';
import { objectBuiltins } from './object-builtins.ts';
import { regexBuiltins } from './regex-builtins.ts';
import { stringBuiltins } from './string-builtins.ts';
import { timeBuiltins } from './time-builtins.ts';
import { urlBuiltins } from './url/url-builtins.ts';
import { x509Builtins } from './x509/x509-builtins.ts';
import { yamlBuiltins } from './yaml/yaml-builtins.ts';

/**
 * The builtins that the gate supplies, with the semantics of OPA 1.22: one table for each family. `now` gives the
 * RFC 3339 time of the call that is being judged, `seed` what tells it from other calls; there is no other clock and no
 * other chance.
 */
export function createHostBuiltins(now: () => string, seed: () => string = now): HostBuiltins {
  return {
    ...awsBuiltins,
    ...cryptoBuiltins,
    ...encodingBuiltins,
    ...graphBuiltins,
    ...jsonBuiltins,
    ...jwtBuiltins(now),
    ...nativeBuiltins,
    ...netBuiltins,
    ...numberBuiltins(seed),
    ...objectBuiltins,
    ...regexBuiltins,
    ...schemaBuiltins,
    ...stringBuiltins,
    ...timeBuiltins(now),
    ...urlBuiltins,
    ...x509Builtins,
    ...yamlBuiltins,
  };
}
