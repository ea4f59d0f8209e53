import { explainDecision } from '../cli/explain-decision.ts';
import { textAt } from '../cli/json-fields.ts';
import { plainText } from '../cli/plain-text.ts';
import { formatFields } from '../cli/table.ts';
import type { Json } from '../json.ts';
import { type Attempt, type Client, chooseClient } from './clients.ts';
import { type Stage, setStage } from './stage.ts';

export interface DemoOptions {
  /** Where everything is printed. */
  out(text: string): void;
  /** Whether a person looks at a terminal: headings stand out then. */
  readonly interactive: boolean;
  /** Ends after the tour instead of staying up until `stop`. */
  readonly once: boolean;
  readonly stop: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How this program is called here, for the commands that are shown: `sallyport`. */
  readonly program: string;
}

/** What an agent tries, alone. */
interface Scene {
  readonly title: string;
  readonly why: string;
  readonly who: keyof Stage['agents'];
  readonly attempt: Attempt;
}

const SCENES: readonly Scene[] = [
  {
    title: 'Allowed',
    why: 'Scaling in development can be undone exactly, and level 3 may do that alone.',
    who: 'worker',
    attempt: scale('shop-dev', 3),
  },
  {
    title: 'Denied',
    why: 'An agent of level 1 only looks. It wants to delete something in production, and is told who could.',
    who: 'watcher',
    attempt: {
      kubectl: ['delete', 'configmap', 'features', '--namespace=shop-prod'],
      method: 'DELETE',
      path: '/api/v1/namespaces/shop-prod/configmaps/features',
      patch: '',
    },
  },
  {
    title: 'Denied, whoever asks',
    why: 'The agent tries to declare production a development environment. What facts are read from is not for agents to change.',
    who: 'worker',
    attempt: {
      kubectl: ['label', 'namespace', 'shop-prod', 'sallyport.dev/environment=dev', '--overwrite'],
      method: 'PATCH',
      path: '/api/v1/namespaces/shop-prod',
      patch: '{"metadata":{"labels":{"sallyport.dev/environment":"dev"}}}',
    },
  },
];

const HELD = {
  title: 'Needs approval',
  why: 'Scaling in production: at level 3 a person has to agree. The command waits, unchanged, until somebody has.',
  attempt: scale('shop-prod', 5),
} as const;
/** How long a person at the terminal has, before the demonstration approves by itself. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 250;

/**
 * Shows in a minute what the gate is for: starts one with a demonstration upstream (see `upstream.ts`), lets agents try
 * what is allowed, what is denied and what waits for a person with a real client, takes the last back, prints what the client
 * printed and what was recorded, and stays up to be played with until `stop`. Whatever it made is removed at the end.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const stage = await setStage(options.env);
  try {
    const client = chooseClient(stage, stage.agents.worker, options.env);
    options.out(introduction(stage, client, options));
    let number = 0;
    const title = (text: string, why: string): void => {
      number += 1;
      options.out(`\n${heading(`${number}. ${text}`, options)}\n   ${why}\n\n`);
    };
    for (const scene of SCENES) {
      title(scene.title, scene.why);
      const agent = stage.agents[scene.who];
      const own = chooseClient(stage, agent, options.env);
      options.out(`   $ ${own.commandLine(scene.attempt)}\n`);
      const before = await stage.decisions(agent);
      options.out(indent(plainLines(await own.run(scene.attempt))));
      options.out(`\n${indent(recorded(newDecision(before, await stage.decisions(agent))))}`);
    }
    title(HELD.title, HELD.why);
    const ran = await playHeld(stage, client, options);
    title('Taken back', 'One click, or one command: judged and recorded like any call.');
    options.out(`   $ ${options.program} revert ${ran} --why 'the demonstration'\n`);
    options.out(indent(plainLines(textAt(await stage.revert(ran), 'message'))));
    if (options.once) return;
    options.out(invitation(stage, client, options));
    if (!options.stop.aborted) {
      await new Promise((resolve) => options.stop.addEventListener('abort', resolve, { once: true }));
    }
  } finally {
    await stage.close();
  }
}

/** The command waits while a person decides; where nobody is at a terminal, the demonstration does. The decision by which it ran. */
async function playHeld(stage: Stage, client: Client, options: DemoOptions): Promise<string> {
  options.out(`   $ ${client.commandLine(HELD.attempt)}\n`);
  const running = client.run(HELD.attempt);
  const held = await stage.held();
  const id = textAt(held, 'id');
  if (held === undefined) throw new Error(`nothing is held: ${await running}`);
  options.out(`\n${indent(howToApprove(stage, id, options))}`);
  await untilApproved(stage, id, options);
  let printed = await running;
  // Who was told that it is held sends it again; kubectl has done so by itself.
  if (textAt(await stage.approval(id), 'state') === 'approved') printed = await client.run(HELD.attempt);
  options.out(`\n${indent(plainLines(printed))}`);
  const ended = await stage.approval(id);
  const decisions = await stage.decisions(stage.agents.worker);
  options.out(`\n${indent(recorded(decisions.find((each) => textAt(each, 'id') === textAt(ended, 'ranAs'))))}`);
  return textAt(ended, 'ranAs');
}

function howToApprove(stage: Stage, id: string, { interactive, program }: DemoOptions): string {
  const lines = [
    `it waits as ${id}. You are an administrator here and may approve it:`,
    `  in a browser  ${stage.operations}/approvals/${id}`,
    `                (log in once with the token in ${stage.tokenFile})`,
    `  or by         ${program} --config ${stage.config.source} approvals approve ${id} --why 'looks right'`,
  ];
  if (!interactive) lines.push('nobody is at a terminal, so the demonstration approves it');
  return lines.join('\n');
}

async function untilApproved(stage: Stage, id: string, { interactive, stop }: DemoOptions): Promise<void> {
  const until = Date.now() + (interactive ? PATIENCE_MS : 0);
  while (Date.now() < until && !stop.aborted) {
    if (textAt(await stage.approval(id), 'state') !== 'waiting') return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await stage.approve(id);
}

function scale(namespace: string, replicas: number): Attempt {
  return {
    kubectl: ['scale', 'deployment', 'web', `--replicas=${replicas}`, `--namespace=${namespace}`],
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/web/scale`,
    patch: JSON.stringify({ spec: { replicas } }),
  };
}

function introduction(stage: Stage, client: Client, options: DemoOptions): string {
  const { worker, watcher } = stage.agents;
  const fields = formatFields([
    ['gate', `${worker.url}  agents come here`],
    ['operations', `${stage.operations}  people come here`],
    ['upstream', `${stage.upstreamUrl}  a demonstration API in memory, no cluster`],
    ['agents', `${worker.id}, level 3, and ${watcher.id}, level 1, for shop-dev and shop-prod`],
    ['through', client.name],
  ]);
  return `${heading('Sallyport demonstration', options)}\n${indent(fields)}`;
}

/** One command is several calls: the newest decision on a change, or on a read where the command got no further. */
function newDecision(before: readonly Json[], after: readonly Json[]): Json | undefined {
  const known = new Set(before.map((each) => textAt(each, 'id')));
  const fresh = after.filter((each) => !known.has(textAt(each, 'id')));
  return fresh.find((each) => textAt(each, 'decided', 'call', 'method') !== 'GET') ?? fresh[0];
}

/** What the log says of it, without the facts, which `decisions show` has in full. */
const SHOWN = /^(decision|asked|target|did|because|waits for|approved by|outcome):/;

function recorded(decision: Json | undefined): string {
  if (decision === undefined) return 'recorded: nothing\n';
  let shown = false;
  const lines = explainDecision(decision)
    .split('\n')
    .filter((line) => {
      if (!line.startsWith(' ')) shown = SHOWN.test(line);
      return shown;
    });
  return `recorded as decision ${textAt(decision, 'id')}:\n${indent(lines.join('\n'))}`;
}

function invitation(stage: Stage, client: Client, options: DemoOptions): string {
  const { worker } = stage.agents;
  const command = `${options.program} --config ${stage.config.source}`;
  const asAgent = [
    `export KUBECONFIG=${worker.kubeconfig}`,
    'kubectl get pods --namespace=shop-prod',
    'kubectl delete deployment web --namespace=shop-prod',
    'kubectl get deployments --namespace=shop-staging',
  ];
  const withCurl = [`curl --config ${stage.folder}/${worker.id}.curl ${worker.url}/api/v1/namespaces/shop-prod/pods`];
  const asYou = [
    `${command} decisions list`,
    `${command} decisions show ID`,
    `${command} approvals list`,
    `${command} agent level ${worker.id} 2 --why 'too fast'`,
    `${command} freeze --everything --why 'lunch'`,
  ];
  return [
    `\n${heading('Try it yourself', options)}`,
    '   As the agent, in another terminal:',
    ...(client.name === 'curl' ? withCurl : asAgent).map((line) => `     ${line}`),
    `   As an administrator, in a browser at ${stage.operations} (the token is in ${stage.tokenFile}), or by:`,
    ...asYou.map((line) => `     ${line}`),
    '\n   Ctrl-C ends it and removes everything.',
  ]
    .join('\n')
    .concat('\n');
}

function heading(text: string, { interactive }: DemoOptions): string {
  return interactive ? `\u001b[1m${text}\u001b[0m` : text;
}

/** Output of other programs, made safe to show, line by line. */
function plainLines(text: string): string {
  return text.trimEnd().split('\n').map(plainText).join('\n');
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `   ${line}`.trimEnd())
    .join('\n')
    .concat('\n');
}
