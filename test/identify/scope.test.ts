import { expect, it } from 'vitest';
import { checkScope, covers } from '../../src/identify/scope.ts';

const scope = checkScope({ environments: ['staging', 'dev', 'dev'], services: ['*'], teams: [] });

it.each([
  ['environments', 'staging', true],
  ['environments', 'prod', false],
  ['environments', 'Staging', false],
  ['environments', 'stag', false],
  ['environments', '*', false],
  ['environments', 'unknown', false],
  ['environments', '', false],
  ['services', 'anything', true],
  ['services', 'unknown', true],
  ['teams', 'payments', false],
  ['routes', 'staging', false],
] as const)('covers %s %s: %s', (dimension, value, expected) => {
  expect(covers(scope, dimension, value)).toBe(expected);
});

it('names every dimension, and each value once', () => {
  expect(scope).toEqual({
    routes: [],
    environments: ['staging', 'dev'],
    services: ['*'],
    teams: [],
    namespaces: [],
    accounts: [],
    tools: [],
  });
});
