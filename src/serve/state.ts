import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { StoredLedger } from '../decide/budget/ledger.ts';
import { createRedactor, type Redactor } from '../describe/redact.ts';
import type { Identity } from '../identify/agent.ts';
import { AgentTokens } from '../identify/agent-tokens.ts';
import { createCertificates } from '../identify/certificates.ts';
import { createIdentifier, type Identify } from '../identify/identify.ts';
import { createIssuers } from '../identify/issuers.ts';
import { FederatedOperators } from '../identify/oidc/federated-operators.ts';
import { OperatorIssuers } from '../identify/oidc/operator-issuers.ts';
import { OperatorAccess } from '../identify/operator-access.ts';
import { Operators } from '../identify/operators.ts';
import { Registry } from '../identify/registry.ts';
import { openSigningKey } from '../identify/signing-key.ts';
import type { Sources } from '../identify/sources.ts';
import { cleanWith } from '../intents/intent-order.ts';
import { Intents } from '../intents/intents.ts';
import { type ApprovalLinks, approvalLinks } from '../operate/approval-links.ts';
import { holdTasks } from '../operate/escalation/escalation.ts';
import { Feed } from '../operate/feed.ts';
import { feedEventsOf } from '../operate/feed-events.ts';
import { Freezes } from '../operate/freezes.ts';
import { originOf } from '../operate/operations-server.ts';
import type { TaskSurroundings } from '../operate/schedule/attempt.ts';
import { Schedule } from '../operate/schedule/schedule.ts';
import { Sessions } from '../operate/sessions/sessions.ts';
import { watchStore } from '../operate/watched-store.ts';
import { openKeyFile } from '../record/key-file.ts';
import { createSealer, type Sealer } from '../record/seal.ts';
import { openSqliteStore } from '../record/sqlite.ts';
import type { LogEvent, Store } from '../record/store.ts';
import { Holds, type HoldsParts } from '../settle/hold/holds.ts';
import type { Closers } from './closers.ts';

/** How often captured objects that are past their time are looked for. */
const ERASE_MS = 60 * 60 * 1000;
/** How often the ledger forgets what counts no longer. */
const FORGET_MS = 60_000;
/** How often intents whose time is over are closed on the record. */
const CLOSE_MS = 60_000;

/** Must be quick and must not throw. */
export type RecordListener = (event: LogEvent, seq: number) => void;

/** What a gate remembers: the log, everybody it knows, the keys of its state folder. */
export interface State {
  readonly store: Store;
  /** Ids of the calls that had no end when the gate stopped; marked lost just now. */
  readonly lost: readonly string[];
  readonly feed: Feed;
  /** Tells a listener of each event and its sequence number once it is durable. */
  readonly onRecorded: (listener: RecordListener) => void;
  readonly registry: Registry;
  readonly ledger: StoredLedger;
  readonly operators: Operators;
  readonly access: OperatorAccess;
  readonly operatorIssuers: OperatorIssuers;
  readonly sessions: Sessions;
  /** `https://host[:port]` by which people reach the operations side; of a port that is drawn, known once it is open. */
  readonly origin: { value: string };
  /** Links to held calls, for notices. */
  readonly links: ApprovalLinks;
  readonly freezes: Freezes;
  readonly holds: Holds;
  /** Not started: whoever puts the gate together says who does what before. */
  readonly schedule: Schedule;
  readonly intents: Intents;
  readonly tokens: AgentTokens;
  readonly identify: Identify;
  readonly redactor: Redactor;
  readonly sealer: Sealer;
}

/** Opens the state folder. The log comes first: nothing happens that it does not hold. */
export async function openState(
  config: Config,
  sources: Sources,
  closers: Closers,
  waking: Pick<TaskSurroundings, 'timer' | 'report'> & { readonly stallHolds?: HoldsParts['stall'] },
): Promise<State> {
  const { now } = sources;
  const inState = (name: string) => join(config.state, name);
  await mkdir(config.state, { recursive: true, mode: 0o700 });
  const feed = new Feed();
  closers.add(() => feed.close());
  const opened = await openSqliteStore({ path: config.store.path });
  closers.add(() => opened.close());
  const schedule = await Schedule.open({ store: opened, now, owner: sources.newId(), ...waking });
  const listeners = new Set<RecordListener>();
  const store = watchStore(
    opened,
    (event, seq) => {
      if (feed.readers > 0) for (const each of feedEventsOf(event)) feed.publish(each);
      for (const listener of listeners) listener(event, seq);
    },
    (puts) => schedule.written(puts),
  );
  const lost = await store.closeLost(now().toISOString());
  await store.eraseSealed(now().toISOString());
  const erasing = setInterval(
    () => void store.eraseSealed(now().toISOString()).catch(() => undefined),
    ERASE_MS,
  ).unref();
  closers.add(() => clearInterval(erasing));

  const ledger = await StoredLedger.open(store, now);
  const forgetting = setInterval(() => void ledger.sweep().catch(() => undefined), FORGET_MS).unref();
  closers.add(() => clearInterval(forgetting));

  const registry = await Registry.open(store, sources);
  const key = await openSigningKey(inState('agent-signing.pem'));
  const redactor = createRedactor(await openKeyFile(inState('redaction.key')));
  const intents = await Intents.open({ store, sources, clean: cleanWith(redactor.redactText) });
  const closing = setInterval(() => void intents.sweep().catch(() => undefined), CLOSE_MS).unref();
  closers.add(() => clearInterval(closing));
  const tokens = new AgentTokens({ store, registry, intents, sources, key, gateId: await gateIdOf(store) });
  const { issuers, certificates, skew } = config.identity;
  const operators = await Operators.open(store, sources, randomBytes);
  const isAgent = ({ issuer, subject }: Identity) => registry.byIdentity(issuer, subject) !== undefined;
  const operatorIssuers = new OperatorIssuers({ issuers: config.operators.issuers, agents: issuers, skew, now });
  const federated = await FederatedOperators.open(store, sources, isAgent);
  const access = new OperatorAccess({ local: operators, federated, issuers: operatorIssuers, now });
  const longest = config.operators.session;
  const origin = { value: publicOrigin(config) ?? originOf(config.operate) };
  return {
    store,
    lost,
    feed,
    schedule,
    onRecorded: (listener) => listeners.add(listener),
    registry,
    ledger,
    intents,
    tokens,
    operators,
    access,
    operatorIssuers,
    sessions: await Sessions.open({ store, sources, random: randomBytes, access, longest }),
    origin,
    links: approvalLinks(await openKeyFile(inState('links.key')), () => origin.value),
    freezes: await Freezes.open(store, sources),
    holds: await Holds.open({
      ...{ store, sources, stall: waking.stallHolds },
      planned: (held) => holdTasks(held).map((task) => schedule.plan(task)),
    }),
    identify: createIdentifier({
      registry,
      tokens,
      now,
      issuers: createIssuers({ issuers, skew, now }),
      certificates: createCertificates(certificates, now),
    }),
    redactor,
    sealer: createSealer(await openKeyFile(inState('sealing.key'))),
  };
}

/** A name of its own for each gate, drawn once: tokens are good for the gate that issued them alone. */
async function gateIdOf(store: Store): Promise<string> {
  const known = (await store.get('meta', 'gate'))?.body.id;
  if (typeof known === 'string') return known;
  const id = randomUUID();
  await store.transact([{ collection: 'meta', id: 'gate', expect: 0, body: { id } }], []);
  return id;
}

/** How people reach the operations side, when the configuration says it. */
export function publicOrigin({ operators }: Config): string | undefined {
  return operators.origin;
}
