import { defineConfig } from 'vitest/config';
import { whyNoLab } from './test/lab/binaries.ts';

// On somebody's own machine without Go the rest is still worth running; in CI a missing lab is a failure.
const noLab = process.env['CI'] === undefined ? whyNoLab(process.env) : undefined;
if (noLab !== undefined) process.stderr.write(`The end-to-end tests did not run: ${noLab}.\n`);

const unit = {
  test: {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/bench/**'],
    // One more than there are processors on a small machine: some mostly wait.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
};

const e2e = {
  test: {
    name: 'e2e',
    include: noLab === undefined ? ['test/e2e/**/*.test.ts'] : [],
    globalSetup: noLab === undefined ? ['test/lab/global-setup.ts'] : [],
    // After the unit tests have left the processors. Two files at a time, each on a cluster of its own: they mostly wait.
    sequence: { groupOrder: 1 },
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
};

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [unit, e2e],
  },
});
