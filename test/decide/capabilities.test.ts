import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES, capableOf, writeCapabilities } from '../conformance/capabilities.ts';

describe('the capabilities that policies are built with', () => {
  it('are what is native to modules and what the gate supplies (test/conformance/write-capabilities.ts rewrites them)', async () => {
    expect(await readFile(CAPABILITIES, 'utf8')).toBe(await writeCapabilities());
  });

  it.each(['http.send', 'net.lookup_ip_addr', 'opa.runtime'])(
    'have no %s: what it answers is not in the input',
    async (name) => {
      expect((await capableOf()).has(name)).toBe(false);
    },
  );
});
