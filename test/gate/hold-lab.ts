import { textAt } from '../../src/cli/json-fields.ts';
import { isArray, type JsonObject } from '../../src/json.ts';
import { OperationsClient } from '../../src/operate/client.ts';
import { type Answer, type GateLab, type GateLabOptions, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

/** People by name, each with a client of their own. */
export type People = Readonly<Record<'ana' | 'ben' | 'carl' | 'vera', OperationsClient>>;

/** A gate whose held calls wait, with people who may decide: Ana and Ben of `platform`, Carl of `other`; Vera only looks on. */
export interface HoldLab extends GateLab {
  readonly upstream: RecordingUpstream;
  readonly people: People;
  readonly ids: Readonly<Record<keyof People, string>>;
  /** Held calls that are not over. */
  waiting(): Promise<readonly JsonObject[]>;
  /** Resolves when so many wait for people. */
  untilWaiting(count: number): Promise<readonly JsonObject[]>;
  /** What reached the upstream in earnest: no reads, no dry runs. */
  done(): readonly string[];
}

const DEV = '/api/v1/namespaces/shop-dev';

export async function startHoldLab(options: Omit<GateLabOptions, 'upstream'> = {}): Promise<HoldLab> {
  const upstream = await startRecordingUpstream();
  const { config, ...more } = options;
  const lab = await startGateLab({
    upstream: { url: upstream.url },
    config: { holds: { wait: '20s' }, ...config },
    ...more,
  });
  const added = async (name: string, role: string, groups: readonly string[]) => {
    const answer = await lab.admin.post('/v1/operators', { name, role, groups: [...groups] });
    const token = textAt(answer, 'token');
    const client = new OperationsClient({
      origin: lab.gate.operate.origin,
      ca: [lab.gate.caPem],
      token,
      tokenFrom: name,
    });
    return { client, id: textAt(answer, 'operator', 'id') || textAt(answer, 'id') };
  };
  const [ana, ben, carl, vera] = [
    await added('ana', 'approver', ['platform']),
    await added('ben', 'approver', ['platform', 'production']),
    await added('carl', 'approver', ['other']),
    await added('vera', 'viewer', []),
  ];
  const waiting = async () => {
    const { approvals } = await lab.admin.get('/v1/approvals');
    return (isArray(approvals) ? approvals : []) as readonly JsonObject[];
  };
  return {
    ...lab,
    upstream,
    people: { ana: ana.client, ben: ben.client, carl: carl.client, vera: vera.client },
    ids: { ana: ana.id, ben: ben.id, carl: carl.id, vera: vera.id },
    waiting,
    async untilWaiting(count) {
      for (let look = 0; look < 500; look += 1) {
        const found = (await waiting()).filter(({ state }) => state === 'waiting');
        if (found.length === count) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`there are not ${count} held calls, but ${(await waiting()).length}`);
    },
    done: () =>
      upstream
        .calls()
        .filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun=All'))
        .map(({ method, url }) => `${method} ${url}`),
    async close() {
      await lab.close();
      await upstream.close();
    },
  };
}

/** One call to the demonstration's namespace `shop-dev`. */
export function changeFeatures(
  lab: GateLab,
  token: string,
  data: JsonObject,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return lab.call('PATCH', `/kube/demo${DEV}/configmaps/features`, {
    token,
    body: { data },
    headers: { 'content-type': 'application/merge-patch+json', ...headers },
  });
}

/** Puts the config map back as it was. */
export async function resetFeatures({ upstream }: HoldLab): Promise<void> {
  await fetch(`${upstream.url}${DEV}/configmaps/features`, { method: 'DELETE' });
  await fetch(`${upstream.url}${DEV}/configmaps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name: 'features' }, data: { checkout: 'classic' } }),
  });
  upstream.forget();
}
