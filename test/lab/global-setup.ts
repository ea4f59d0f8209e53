import type { TestProject } from 'vitest/node';
import { type LabAddress, startLab } from './lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    lab: LabAddress;
  }
}

/** One lab for all end-to-end files of a run: `connectLab(inject('lab'))`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { kubectl: _, stop, ...address } = await startLab();
  project.provide('lab', address);
  return stop;
}
