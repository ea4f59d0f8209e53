import { writeFile } from 'node:fs/promises';
import { CAPABILITIES, writeCapabilities } from './capabilities.ts';

// Rewrites rego/capabilities.json after builtins of the gate were added or removed.
await writeFile(CAPABILITIES, await writeCapabilities());
