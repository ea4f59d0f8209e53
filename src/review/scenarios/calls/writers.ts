import type { Route } from '../../../config.ts';
import type { CallWriter } from './call-writer.ts';
import { createKubernetesWriter } from './kubernetes.ts';

/** The writer of each surface's calls: a new surface is a line here. */
export function createWriters(): (surface: Route['surface']) => CallWriter {
  const writers: Readonly<Record<Route['surface'], CallWriter>> = { kubernetes: createKubernetesWriter() };
  return (surface) => writers[surface];
}
