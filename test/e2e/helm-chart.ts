import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { configMap, container, deployment } from './twin-objects.ts';

const named = (name: string) => `{{ .Release.Name }}-${name}`;

const FILES: Readonly<Record<string, object>> = {
  'Chart.yaml': { apiVersion: 'v2', name: 'shop', version: '0.1.0', appVersion: '1' },
  'values.yaml': { tag: '1', colour: 'blue', replicas: 2 },
  'templates/config.yaml': configMap(named('config'), { data: { colour: '{{ .Values.colour }}' } }),
  'templates/web.yaml': deployment(named('web'), {
    pod: { containers: [container({ image: 'example.invalid/web:{{ .Values.tag }}' })] },
    spec: { replicas: 'REPLICAS' },
  }),
  'templates/service.yaml': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: named('web') },
    spec: { selector: { app: named('web') }, ports: [{ port: 80 }] },
  },
  'templates/migrate.yaml': {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: named('migrate'),
      annotations: { 'helm.sh/hook': 'pre-upgrade', 'helm.sh/hook-delete-policy': 'hook-succeeded' },
    },
    spec: { template: { spec: { containers: [container()], restartPolicy: 'Never' } } },
  },
};

/** Writes a small chart: a config map, a deployment, a service, and a job before each upgrade. Returns its folder. */
export async function writeChart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-chart-'));
  for (const [name, content] of Object.entries(FILES)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, stringify(content).replace('REPLICAS', '{{ .Values.replicas }}'));
  }
  return folder;
}
