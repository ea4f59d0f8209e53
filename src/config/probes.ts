import { z } from 'zod';
import type { ProbeEndpoint } from '../config.ts';
import { wrongCertificates } from './pem.ts';
import { contents, duration, existingFile, leaf, mapping, text } from './values.ts';
import { secretAddress } from './web-address.ts';
import { WHOLE } from './yaml-problems.ts';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const TIMEOUT_MS = 10_000;

/** The endpoints that tell whether an act worked. Policy refers to them by name, so that no setting makes the gate call elsewhere. */
export function probesSchema(folder: string) {
  return z
    .array(probeSchema(folder), { error: 'a list of probes' })
    .default([])
    .superRefine((probes, context) => {
      for (const [i, { name }] of probes.entries()) {
        const earlier = probes.findIndex((other) => other.name === name);
        if (earlier === i) continue;
        const message = `"${name}" is the name of probes[${earlier}] too`;
        context.addIssue({ code: 'custom', path: [i, 'name'], message, params: WHOLE });
      }
    });
}

function probeSchema(folder: string) {
  return mapping({
    name: text('a name of at most 63 lower-case letters, digits and inner hyphens', NAME),
    kind: leaf('http or prometheus', (value) =>
      value === 'http' || value === 'prometheus' ? (value satisfies ProbeEndpoint['kind']) : undefined,
    ),
    url: secretAddress('an address like https://shop.example.com/healthz'),
    token: text('a token of printable characters', /^[\x21-\x7e]+$/).optional(),
    tokenFile: existingFile(folder, 'a file with a token').optional(),
    ca: contents(folder, 'a file of PEM certificates', wrongCertificates).optional(),
    timeout: duration(60_000).default(TIMEOUT_MS),
  }).transform(({ tokenFile, token, ca, ...rest }, context): ProbeEndpoint => {
    if (token !== undefined && tokenFile !== undefined) {
      const message = 'both token and tokenFile are given; expected one of them';
      context.addIssue({ code: 'custom', path: ['tokenFile'], message, params: { ...WHOLE, at: 'key' } });
    }
    return { ...rest, ca, token: token ?? (tokenFile === undefined ? undefined : { file: tokenFile }) };
  });
}
