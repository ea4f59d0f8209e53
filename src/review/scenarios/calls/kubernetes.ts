import { createKubernetesSurface } from '../../../describe/kubernetes/describe.ts';
import { createRedactor } from '../../../describe/redact.ts';
import type { CallWriter } from './call-writer.ts';
import { parseKubectl } from './kubectl.ts';
import { parseRawHttp, toWire } from './raw-http.ts';

/** Kubernetes: kubectl's commands, or raw HTTP. Digests are made with a key of zeros, so that they are the same everywhere. */
export function createKubernetesWriter(): CallWriter {
  return {
    surface: 'kubernetes',
    reader: createKubernetesSurface({ redactor: createRedactor(new Uint8Array(32)) }),
    write: (call) => {
      const text = call.text.trim();
      return toWire(/^kubectl(\s|$)/.test(text) ? parseKubectl(text, call) : parseRawHttp(text, call.body), call);
    },
  };
}
