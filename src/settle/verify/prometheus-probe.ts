import { z } from 'zod';
import type { ProbeEndpoint } from '../../config.ts';
import type { TargetRef } from '../../describe/action.ts';
import { messageOf } from '../../errors.ts';
import { askEndpoint } from './endpoint.ts';
import { blind, good, type Look, waiting } from './look.ts';
import type { Comparison, ProbeSpec } from './plan.ts';

type PrometheusProbe = Extract<ProbeSpec, { probe: 'prometheus' }>;

const sample = z.tuple([z.number(), z.string()]);
/** What the instant query API answers: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample })) }),
  ]),
});

/** Looks whether every sample that an instant query gives compares as it should. */
export async function lookByPrometheus(
  probe: PrometheusProbe,
  endpoint: ProbeEndpoint,
  target: TargetRef,
  signal: AbortSignal,
): Promise<Look> {
  const what = endpoint.name;
  const query = fill(probe.query, target);
  if (query === undefined) return blind('the target has no name that could stand in a query');
  try {
    const { status, body } = await askEndpoint(endpoint, signal, { query });
    if (status !== 200) return blind(`${what} answers ${status} to the query`);
    return compare(probe, what, body);
  } catch (thrown) {
    return blind(`${what} does not answer: ${messageOf(thrown)}`);
  }
}

function compare({ is, than }: PrometheusProbe, what: string, body: string): Look {
  let parsed: z.output<typeof answerSchema>;
  try {
    parsed = answerSchema.parse(JSON.parse(body));
  } catch {
    return blind(`${what} does not answer as the instant query API does`);
  }
  const { data } = parsed;
  const samples = data.resultType === 'scalar' ? [data.result] : data.result.map(({ value }) => value);
  const values = samples.map(([, text]) => numberOf(text));
  // Absent data is no success: the metric may have gone with what it measured.
  if (values.length === 0) return waiting(`${what} has no data for the query`);
  const wrong = values.find((value) => !COMPARE[is](value, than));
  if (wrong !== undefined) return waiting(`the query gives ${wrong}, which is not ${is} ${than}`);
  return good(`the query gives ${values.slice(0, 5).join(', ')}, which is ${is} ${than}`);
}

/** NaN compares as nothing does. */
const COMPARE: Readonly<Record<Comparison, (value: number, than: number) => boolean>> = {
  '<': (value, than) => value < than,
  '<=': (value, than) => value <= than,
  '>': (value, than) => value > than,
  '>=': (value, than) => value >= than,
  '==': (value, than) => value === than,
};

/** As Prometheus writes numbers: `+Inf`, `-Inf`, `NaN`. */
function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

/** Names of Kubernetes objects; nothing else may stand in a query, which is a language. */
const PLAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** `$namespace` and `$name` stand for the target's own. */
function fill(query: string, { namespace, name }: TargetRef): string | undefined {
  let odd = false;
  const filled = query.replaceAll(/\$(namespace|name)\b/g, (_whole, which: string) => {
    const value = which === 'name' ? name : namespace;
    if (!PLAIN.test(value) || (which === 'namespace' && value === 'none')) odd = true;
    return value;
  });
  return odd ? undefined : filled;
}
