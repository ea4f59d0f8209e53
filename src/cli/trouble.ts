import type { Config, Route } from '../config.ts';
import { openBundles } from '../decide/open-bundles.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { openSource } from '../serve/bundle-source/open.ts';
import { pinOf } from '../serve/package-pin.ts';
import { reviewUpstream, type UpstreamReport } from '../settle/upstream-rights.ts';

/** One line of the check's report. A `problem` is a finding and makes the exit code 1. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly detail: string;
}

/**
 * Would the gate start and work with this configuration? Starts nothing, changes nothing.
 * @param agents whom the gate would impersonate, for the question whether it may
 */
export async function findTrouble(config: Config, agents: readonly string[]): Promise<readonly Finding[]> {
  const read: Finding = { what: 'configuration', state: 'ok', detail: config.source };
  const routes = await Promise.all(config.routes.map((route) => checkRoute(route, agents)));
  return [read, ...(await checkBundle(config)), ...routes.flat()];
}

async function checkBundle({ bundle: { from, keys, site: asked }, evaluation }: Config): Promise<readonly Finding[]> {
  const what = 'bundle';
  const source = openSource(from, () => new Date());
  const own = asked === undefined ? undefined : openSource(asked.from, () => new Date());
  try {
    const demands = { keys, site: asked, fuel: evaluation.fuel, memoryMiB: evaluation.memory, ...pinOf(from) };
    const library = await source.fetch();
    const { bundle, site, warnings } = await openBundles({ library, ...(own && { site: await own.fetch() }) }, demands);
    return [
      { what, state: 'ok', detail: `${source.name}, revision ${bundle.revision}, ${bundle.contentDigest}` },
      ...(site === undefined || own === undefined
        ? []
        : [{ what, state: 'ok' as const, detail: `${own.name}, revision ${site.revision}, ${site.contentDigest}` }]),
      ...warnings.map((detail) => ({ what, state: 'warning' as const, detail })),
    ];
  } catch (thrown) {
    return [{ what, state: 'problem', detail: `${source.name}: ${withFix(thrown)}` }];
  }
}

async function checkRoute(route: Route, agents: readonly string[]): Promise<readonly Finding[]> {
  const what = `route ${route.name}`;
  const modes: readonly Finding[] =
    route.mode.kind === 'shadow'
      ? [
          {
            what,
            state: 'warning',
            detail: `shadow mode until ${route.mode.until}: the policy's verdicts are only recorded`,
          },
        ]
      : [];
  try {
    return [...modes, ...rightsFindings(what, await reviewUpstream(route, { agents }))];
  } catch (thrown) {
    return [...modes, { what, state: 'problem', detail: withFix(thrown) }];
  }
}

function rightsFindings(what: string, report: UpstreamReport): readonly Finding[] {
  const { version, credential, privileged, missing } = report;
  const findings: Finding[] = [{ what, state: 'ok', detail: `Kubernetes ${version}, ${credential}` }];
  if (privileged !== undefined) {
    const fix = 'give the gate only what `sallyport check --rbac` prints; serve wants --allow-admin';
    findings.push({ what, state: 'warning', detail: `the credential is privileged: ${privileged}; ${fix}` });
  }
  if (missing.length > 0) {
    const fix = 'apply what `sallyport check --rbac` prints';
    findings.push({ what, state: 'problem', detail: `the credential may not ${missing.join(', ')}; ${fix}` });
  }
  return findings;
}

function withFix(thrown: unknown): string {
  const fix = thrown instanceof SallyportError ? thrown.fix : undefined;
  return fix === undefined ? messageOf(thrown) : `${messageOf(thrown)}; ${fix}`;
}
