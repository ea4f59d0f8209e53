import { expect } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { type Reached, type RecordingUpstream, startRecordingUpstream } from '../gate/recording-upstream.ts';
import { type Spoken, speak } from './raw-client.ts';

/** What the gate shows the upstream; nobody else may ever see it. */
const CREDENTIAL = 'the-gates-own-upstream-credential';

/** An agent that may do everything an agent may, so that what is refused is refused for its form. */
export interface AttackLab {
  readonly lab: GateLab;
  readonly upstream: RecordingUpstream;
  readonly token: string;
  /** The head of a request by that agent: `line`, its Host and Authorization, `more` headers, without the empty line. */
  head(line: string, ...more: readonly string[]): string;
  say(said: string | Buffer): Promise<Spoken>;
  /** What reached the upstream, without the gate's own look at the namespaces. */
  reached(): readonly Reached[];
  close(): Promise<void>;
}

export async function startAttackLab(config: JsonObject = {}, route: JsonObject = {}): Promise<AttackLab> {
  const upstream = await startRecordingUpstream();
  const lab = await startGateLab({ upstream: { url: upstream.url, token: CREDENTIAL }, config, route });
  const { token } = await lab.agent({ level: 4 });
  const { origin } = lab;
  return {
    lab,
    upstream,
    token,
    head: (line, ...more) =>
      [line, `Host: ${new URL(origin).host}`, `Authorization: Bearer ${token}`, ...more].join('\r\n').concat('\r\n'),
    say: (said) => speak({ origin, caPem: lab.gate.caPem }, said),
    reached: () => upstream.reached.filter(({ url }) => !url.startsWith('/api/v1/namespaces?')),
    async close() {
      await lab.close();
      await upstream.close();
    },
  };
}

/** Says it, and checks what holds for every attack: these answers, nothing upstream, no secret in what came back. */
export async function expectRefused(
  lab: AttackLab,
  said: string | Buffer,
  statuses: readonly number[],
): Promise<Spoken> {
  lab.upstream.forget();
  const spoken = await lab.say(said);
  expect(spoken.answers.map(({ status }) => status)).toEqual(statuses);
  expect(lab.reached()).toEqual([]);
  expectNothingLeaked(lab, spoken.text);
  return spoken;
}

export function expectNothingLeaked({ token }: Pick<AttackLab, 'token'>, text: string): void {
  expect(text).not.toContain(CREDENTIAL);
  expect(text).not.toContain(token);
  expect(text).not.toContain('sallyport:agent');
}
