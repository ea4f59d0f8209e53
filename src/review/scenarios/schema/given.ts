import { z } from 'zod';
import { leaf, mapping, moment, text } from '../../../config/values.ts';
import { isObject } from '../../../json.ts';
import { agentSchema, claimsSchema, revertsSchema, routeSchema, signalsSchema } from './caller.ts';
import { factsSchema } from './facts.ts';
import { stateSchema } from './state.ts';
import { json } from './values.ts';

/** Everything of a case but what is expected. Every field is named, so that one that does not exist is an error with its line. */
export const GIVEN = {
  call: text('a call: `kubectl ...`, or METHOD /path'),
  object: json().optional(),
  body: json().optional(),
  headers: z.record(z.string(), text('text'), { error: 'a mapping of headers' }).default({}),
  time: moment(),
  agent: agentSchema.prefault({}),
  reverts: revertsSchema,
  route: routeSchema.prefault({}),
  claims: claimsSchema.prefault({}),
  signals: signalsSchema,
  facts: factsSchema.prefault({}),
  state: stateSchema.prefault({}),
  settings: leaf('a mapping, as under data/', (value) => (isObject(value) ? value : undefined)).optional(),
};

const givenSchema = mapping(GIVEN);
export type Given = z.infer<typeof givenSchema>;
