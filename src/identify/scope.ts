import { SallyportError } from '../errors.ts';
import type { Scope } from './principal.ts';

/** A dimension of a grant's scope. */
export type Dimension = keyof Scope;

const NO_SCOPE: Scope = {
  routes: [],
  environments: [],
  services: [],
  teams: [],
  namespaces: [],
  accounts: [],
  tools: [],
};

/** The closed list of dimensions. */
const DIMENSIONS: readonly string[] = Object.keys(NO_SCOPE);

const VALUE = /^[A-Za-z0-9*](?:[A-Za-z0-9._:/@*+-]{0,251}[A-Za-z0-9*])?$/;
const MAX_VALUES = 1000;

/**
 * Whether a grant's scope covers `value` in one dimension. An empty list covers nothing, `*` covers everything, any other
 * value only its equal: there are no patterns.
 */
export function covers(scope: Scope, dimension: Dimension, value: string): boolean {
  const values = scope[dimension];
  return values.includes('*') || values.includes(value);
}

/**
 * A whole scope out of the dimensions that were given; those left out match nothing.
 * @throws SallyportError `request/invalid` on a dimension that does not exist, or a value that could not be matched.
 */
export function checkScope(given: Partial<Scope>): Scope {
  for (const name of Object.keys(given)) {
    if (!DIMENSIONS.includes(name)) {
      throw new SallyportError('request/invalid', `scope: there is no dimension ${quote(name)}`, {
        fix: `the dimensions are ${DIMENSIONS.join(', ')}`,
      });
    }
  }
  return {
    routes: checkValues('routes', given.routes),
    environments: checkValues('environments', given.environments),
    services: checkValues('services', given.services),
    teams: checkValues('teams', given.teams),
    namespaces: checkValues('namespaces', given.namespaces),
    accounts: checkValues('accounts', given.accounts),
    tools: checkValues('tools', given.tools),
  };
}

function checkValues(dimension: Dimension, given: readonly string[] | undefined): readonly string[] {
  const values = [...new Set(given ?? [])];
  if (values.length > MAX_VALUES) {
    throw new SallyportError('request/invalid', `scope.${dimension} has more than ${MAX_VALUES} values`);
  }
  for (const value of values) checkValue(dimension, value);
  return values;
}

function checkValue(dimension: Dimension, value: string): void {
  const where = `scope.${dimension}: ${quote(value)}`;
  if (!VALUE.test(value)) {
    throw new SallyportError('request/invalid', `${where} is not a name`, {
      fix: 'up to 253 letters, digits and . _ : / @ + -, or * for everything',
    });
  }
  if (value !== '*' && value.includes('*')) {
    throw new SallyportError('request/invalid', `${where} is a pattern, and scopes have none`, {
      fix: 'name each value, or * for everything',
    });
  }
  // `unknown` and `none` stand for a fact that could not be had or is not there; a grant of them would cover both.
  if (value === 'unknown' || value === 'none') {
    throw new SallyportError('request/invalid', `${where} is how an absent fact is written and cannot be granted`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
