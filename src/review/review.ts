import type { BundleKey } from '../config.ts';
import type { Bundle } from '../decide/bundle.ts';
import { type BundlePair, createBundleJudge, identityOf } from '../decide/bundle-judge.ts';
import { loadPolicy } from '../decide/policy.ts';
import type { SiteBundle } from '../decide/site-bundle.ts';
import type { JsonObject } from '../json.ts';
import { askRecipe } from './authority/authority.ts';
import { judgeMatrix, type Matrix } from './authority/matrix.ts';
import { callInWords } from './authority/words.ts';
import type { Call, Unusable } from './calls/call.ts';
import { type CallsReport, compareCalls } from './calls/compare-calls.ts';
import { type Contents, contentsOf } from './contents/contents.ts';
import { differenceOf } from './difference/difference.ts';
import { callFindings } from './findings/call-findings.ts';
import { differenceFindings } from './findings/difference-findings.ts';
import { environmentFindings } from './findings/environment-findings.ts';
import { grantFindings } from './findings/grant-findings.ts';
import { invariantFindings } from './findings/invariant-findings.ts';
import { provenanceFindings, siteFindings } from './findings/provenance-findings.ts';
import { ruleFindings } from './findings/rule-findings.ts';
import { runbookFindings } from './findings/runbook-findings.ts';
import { settingsFindings } from './findings/settings-findings.ts';
import { unreadData } from './findings/unread-data.ts';
import type { OpaOf } from './opa-finder.ts';
import { dataOf, judgedPair } from './pair-source.ts';
import { type Probed, probe, SLOWEST, type Slow } from './probes/probes.ts';
import { settingsOf } from './provenance/module-check.ts';
import { checkProvenance, type Provenance } from './provenance/provenance.ts';
import { checkSiteProvenance, type SiteProvenance } from './provenance/site-provenance.ts';
import type { Finding } from './report/finding.ts';
import { type ShippedSources, tryLayOut } from './shipped-sources.ts';
import { type AuthoritySummary, summarizeAuthority } from './summary/authority-summary.ts';
import { type DifferenceSummary, summarizeDifference } from './summary/difference-summary.ts';
import { type InvariantSummary, readFiles, shippedInvariants, summarizeProofs } from './summary/invariants-summary.ts';

export interface ReviewOptions {
  readonly bundle: Bundle;
  /** The bundle's file as it was named. */
  readonly file: string;
  /** A site's bundle that is in force beside it. */
  readonly site?: SiteToReview | undefined;
  /** What is in force, to say what changes. */
  readonly against?: BundlePair | undefined;
  /** Calls to judge, to say whose verdict flips: against that bundle, or against what is on the record. */
  readonly calls?: CallSource | undefined;
  /** Files of statements that must hold, besides those of the library. */
  readonly invariants?: readonly string[];
  readonly keys: readonly BundleKey[];
  /** RFC 3339, UTC: what counts as overdue, and when the calls that are judged happen. */
  readonly time: string;
  readonly opaOf: OpaOf;
}

/** A site's bundle: its file as it was named, what it is trusted with, and whose keys may sign for it. */
export interface SiteToReview {
  readonly file: string;
  readonly bundle: SiteBundle;
  readonly trust: readonly string[];
  readonly keys: readonly BundleKey[];
}

/** Calls, and what they are called. */
export interface CallSource {
  readonly name: string;
  readonly calls: AsyncIterable<Call | Unusable>;
}

/** What a reviewer is shown: everything that the report says, in every format. */
export interface Review {
  /** Of this shape. */
  readonly version: 1;
  readonly file: string;
  readonly time: string;
  readonly provenance: Provenance;
  /** Of a site's bundle that judges beside it; null where there is none. */
  readonly site: SiteProvenance | null;
  readonly contents: Contents;
  /** How many calls were judged, the dearest of them, and the bytes of WASM memory that they took at most. */
  readonly cost: { readonly calls: number; readonly slowest: readonly Slow[]; readonly memory: number };
  /** What it says to every call of the matrix. */
  readonly authority: AuthoritySummary;
  /** Statements that must hold whatever the settings say, broken ones first. */
  readonly invariants: readonly InvariantSummary[];
  /** What changes where another bundle is in force; null where none was given. */
  readonly difference: DifferenceSummary | null;
  /** What became of given or recorded calls; null where there were none. */
  readonly calls: CallsReport | null;
  /** Errors first, then warnings, then notes. */
  readonly findings: readonly Finding[];
}

/** Whether two bundles judge by the same: then all that one says the other does. */
function isSame(one: BundlePair, other: BundlePair): boolean {
  return identityOf(one).bundleDigest === identityOf(other).bundleDigest;
}

/**
 * Reviews a bundle before it may guard anything. It is judged in this process; no gate that serves is touched.
 * @throws SallyportError `bundle/invalid` when no gate could load it either.
 */
export async function reviewBundle(options: ReviewOptions): Promise<Review> {
  const { bundle, file, time, against, calls, site } = options;
  const policy = await loadPolicy(bundle);
  const pair: BundlePair = { library: bundle, ...(site === undefined ? {} : { site }) };
  const { judge } = await createBundleJudge(pair, {});
  const data = dataOf(pair);
  const settings = settingsOf(data);
  const provenance = await checkProvenance(bundle, options);
  const beside = site === undefined ? null : await checkSiteProvenance(site, site.keys);
  const judged = judgedPair(pair);
  // What people wrote is read before anything is judged: what is wrong with it is told at once.
  const recipe = await askRecipe(judged, time);
  const statements = await readFiles(recipe, [
    { path: shippedInvariants(), name: 'invariants.yaml' },
    ...(options.invariants ?? []).map((path) => ({ path, name: path })),
  ]);
  const fired = new Set<string>();
  const old = against === undefined ? undefined : (await createBundleJudge(against, {})).judge;
  const called =
    calls === undefined
      ? null
      : await compareCalls({ source: calls.name, calls: calls.calls, judge, old, onRule: (rule) => fired.add(rule) });
  const matrix = await judgeMatrix({ source: judged.source, recipe });
  const invariants = summarizeProofs(matrix, statements);
  const difference =
    against === undefined
      ? null
      : summarizeDifference(
          identityOf(against),
          await differenceOf(isSame(against, pair) ? judged : judgedPair(against), judged, { at: time, known: matrix }),
        );
  const probed = probe(judge, settings, time);
  for (const rule of [...probed.fired, ...matrix.results.flatMap(({ rules }) => rules)]) fired.add(rule);
  const sources = await tryLayOut(bundle, await options.opaOf());
  try {
    const contents = contentsOf(bundle, await sources?.inspect(), policy.hostBuiltins);
    const findings = [
      ...invariantFindings(invariants),
      ...provenanceFindings(file, provenance),
      ...siteFindings(site?.file ?? '', beside),
      ...(await ruleFindings({
        rules: contents.rules,
        fired,
        judged: matrix.space.size + probed.count + (called?.judged ?? 0),
        readsOf: async (path) => sources?.readsOf(path),
        data,
      })),
      ...grantFindings(probed),
      ...differenceFindings(difference),
      ...callFindings(called),
      ...settingsFindings(data),
      ...runbookFindings(settings, time),
      ...environmentFindings(settings),
      ...(await dataFindings(data, sources, contents.entrypoints)),
    ];
    return {
      version: 1,
      file,
      time,
      provenance,
      site: beside,
      contents,
      cost: costOf(matrix, probed, policy.memory),
      authority: summarizeAuthority(matrix),
      invariants,
      difference,
      calls: called,
      findings: bySeverity(findings, file),
    };
  } finally {
    await sources?.remove();
  }
}

/** The dearest of all calls, however they were made. */
function costOf({ space, fuel }: Matrix, probed: Probed, memory: number): Review['cost'] {
  const cells = [...fuel.keys()].toSorted((one, other) => (fuel[other] ?? 0) - (fuel[one] ?? 0)).slice(0, SLOWEST);
  const slow = cells.map((cell) => ({ what: callInWords(space, space.coordinates(cell)), fuel: fuel[cell] ?? 0 }));
  const slowest = [...probed.slowest, ...slow].toSorted((one, other) => other.fuel - one.fuel).slice(0, SLOWEST);
  return { calls: space.size + probed.count, slowest, memory };
}

async function dataFindings(
  data: JsonObject,
  sources: ShippedSources | undefined,
  entrypoints: readonly string[],
): Promise<readonly Finding[]> {
  if (sources === undefined) {
    return [
      {
        rule: 'data-unchecked',
        level: 'warning',
        message: 'whether rules read all of the data was not checked: it takes OPA and the sources',
      },
    ];
  }
  const reads = await Promise.all(entrypoints.map((name) => sources.readsOf(`data.${name.replaceAll('/', '.')}`)));
  return unreadData(data, reads.flat());
}

const SEVERITY = ['error', 'warning', 'note'];

function bySeverity(findings: readonly Finding[], file: string): readonly Finding[] {
  return findings
    .map((finding) => ({ at: { file }, ...finding }))
    .toSorted((one, other) => SEVERITY.indexOf(one.level) - SEVERITY.indexOf(other.level));
}
