import { type HostBuiltins, onTerms } from '../host-builtin.ts';
import { readYaml } from './read-yaml.ts';

/** `yaml.*` that reads. `yaml.marshal` is not supplied: how OPA breaks and quotes lines is its library's own. */
export const yamlBuiltins: HostBuiltins = {
  'yaml.is_valid': onTerms((text) => typeof text === 'string' && readYaml(text) !== undefined),
  'yaml.unmarshal': onTerms((text) => (typeof text === 'string' ? readYaml(text) : undefined)),
};
