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

interface Scene {
  readonly title: string;
  readonly why: string;
  readonly attempt: Attempt;
}

const SCENES: readonly Scene[] = [
  {
    title: 'Allowed',
    why: 'Scaling in development can be undone exactly, and level 3 may do that alone.',
    attempt: scale('shop-dev', 3),
  },
  {
    title: 'Denied',
    why: 'The agent tries to declare production a development environment. What facts are read from is not for agents to change.',
    attempt: {
      kubectl: ['label', 'namespace', 'shop-prod', 'sallyport.dev/environment=dev', '--overwrite'],
      method: 'PATCH',
      path: '/api/v1/namespaces/shop-prod',
      patch: '{"metadata":{"labels":{"sallyport.dev/environment":"dev"}}}',
    },
  },
  {
    title: 'Needs approval',
    why: 'The same scaling in production: at level 3 a person has to agree.',
    attempt: scale('shop-prod', 5),
  },
];

/**
 * Shows in a minute what the gate is for: starts one with a demonstration upstream (see `upstream.ts`), lets an agent try
 * an allowed, a denied and a needs-approval change with a real client, prints what the client printed and what was
 * recorded, and stays up to be played with until `stop`. Whatever it made is removed at the end.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const stage = await setStage(options.env);
  try {
    const client = chooseClient(stage, options.env);
    options.out(introduction(stage, client, options));
    for (const [index, scene] of SCENES.entries()) {
      options.out(`\n${heading(`${index + 1}. ${scene.title}`, options)}\n   ${scene.why}\n\n`);
      options.out(`   $ ${client.commandLine(scene.attempt)}\n`);
      const before = await stage.decisions();
      options.out(indent(plainLines(await client.run(scene.attempt))));
      options.out(`\n${indent(recorded(newDecision(before, await stage.decisions())))}`);
    }
    if (options.once) return;
    options.out(invitation(stage, client, options));
    if (!options.stop.aborted) {
      await new Promise((resolve) => options.stop.addEventListener('abort', resolve, { once: true }));
    }
  } finally {
    await stage.close();
  }
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
  const { operate } = stage.config;
  const fields = formatFields([
    ['gate', `${stage.agent.url}  agents come here`],
    ['operations', `https://${operate.host}:${operate.port}  people come here`],
    ['upstream', `${stage.upstreamUrl}  a demonstration API in memory, no cluster`],
    ['agent', `${stage.agent.id}, level 3, for shop-dev and shop-prod; it acts through ${client.name}`],
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
const SHOWN = /^(decision|asked|target|did|because|waits for|outcome):/;

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
  const command = `${options.program} --config ${stage.config.source}`;
  const asAgent = [
    `export KUBECONFIG=${stage.agent.kubeconfig}`,
    'kubectl get pods --namespace=shop-prod',
    'kubectl delete deployment web --namespace=shop-prod',
    'kubectl get deployments --namespace=shop-staging',
  ];
  const withCurl = [`curl --config ${stage.folder}/agent.curl ${stage.agent.url}/api/v1/namespaces/shop-prod/pods`];
  const asYou = [
    `${command} decisions list`,
    `${command} decisions show ID`,
    `${command} agent level ${stage.agent.id} 1 --why 'too fast'`,
    `${command} freeze --everything --why 'lunch'`,
  ];
  return [
    `\n${heading('Try it yourself', options)}`,
    '   As the agent, in another terminal:',
    ...(client.name === 'curl' ? withCurl : asAgent).map((line) => `     ${line}`),
    "   As the agent's operator (the token is in the state folder, where the command line finds it):",
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
