import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html, pageText } from '../../../src/review/report/page/html.ts';
import { renderReview } from '../../../src/review/report/render.ts';
import type { Review } from '../../../src/review/review.ts';
import { type Ended, runCli } from '../../cli/cli-lab.ts';
import { FIRST_TIME, pinnedOpa } from '../library.ts';
import { COMMITTED, everybodyIs, siteArchive, TIME, tampered, WHOLE_REVIEW } from '../review-lab.ts';

const FORMATS = ['text', 'json=out/r.json', 'html=out/r.html', 'sarif=out/r.sarif'];

let folder: string;
let ended: Ended;
/** What the command printed as JSON: of this shape, with its verdict beside it. */
let written: { readonly verdict: { readonly state: string } } & Review;
let review: Review;

/** A bundle in which everybody is of level 4, beside a site that tightens what it can, against the one that comes with the gate. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-page-'));
  await writeFile(join(folder, 'lax.tar.gz'), await tampered(everybodyIs('4')));
  const windows = { default: 'open', environments: { prod: { outside: 'hold' } }, services: {} };
  await writeFile(join(folder, 'site.tar.gz'), siteArchive({ windows }));
  const formats = FORMATS.flatMap((format) => ['--format', format]);
  const args = ['review', 'lax.tar.gz', '--site', 'site.tar.gz', '--against', COMMITTED, '--time', TIME, ...formats];
  ended = await runCli(folder, { OPA: await pinnedOpa() }, args);
  written = JSON.parse(await readFile(join(folder, 'out/r.json'), 'utf8'));
  const { verdict: _, ...rest } = written;
  review = rest;
}, FIRST_TIME + WHOLE_REVIEW);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a bundle that breaks invariants is refused with 1, in every format that was asked for', async () => {
  const { code, out, err } = ended;
  expect({ code, err }).toEqual({ code: 1, err: 'wrote out/r.json\nwrote out/r.html\nwrote out/r.sarif\n' });
  expect(out).toMatch(/^Bundle .* must not be signed off: /);
  expect(out).toContain('BROKEN level-0-changes-nothing: in ');
  const { verdict, file, time, site, findings } = written;
  expect({ state: verdict.state, file, time }).toEqual({ state: 'refuse', file: 'lax.tar.gz', time: TIME });
  expect(site).toMatchObject({ revision: 'site-1', settings: ['windows'], rules: false, trust: [] });
  expect(findings).toContainEqual(
    expect.objectContaining({ rule: 'unsigned', message: 'site: nobody signed the bundle' }),
  );
  expect(await readFile(join(folder, 'out/r.html'), 'utf8')).toMatch(/^<!doctype html>/);
  const { runs } = JSON.parse(await readFile(join(folder, 'out/r.sarif'), 'utf8'));
  expect(runs[0].results.length).toBeGreaterThan(5);
});

/** What a bundle's author might write wherever a name, a title or a message goes. */
const HOSTILE = `</td></style><script>alert(1)</script><img src=x onerror=alert(1)> " onload="alert(1)" ' {} \u202e\u001b[2J &amp;`;

/** Members whose values the program itself chooses from a closed list. */
const CLOSED = new Set(['state', 'level', 'direction', 'outcome', 'from', 'to', 'change', 'version']);

/** The review with something appended to every text in it that somebody else wrote. */
function hostile<T>(value: T, name = ''): T {
  const mapped = (one: unknown, key: string): unknown => {
    if (typeof one === 'string') return CLOSED.has(key) ? one : one + HOSTILE;
    if (Array.isArray(one)) return one.map((each) => mapped(each, key));
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([member, each]) => [member, mapped(each, member)]));
  };
  return mapped(value, name) as T;
}

const tagsOf = (page: string): readonly string[] => page.match(/<\/?[a-z][a-z0-9]*/gi) ?? [];

describe('the page', () => {
  it('shows whatever a bundle brings as text: no tag, attribute or style of it is one', () => {
    const page = renderReview(hostile(review), 'html', '0.1.0');
    expect(tagsOf(page)).toEqual(tagsOf(renderReview(review, 'html', '0.1.0')));
    expect(page).not.toMatch(/<(?:script|img|iframe|object|embed|svg|form|link|base)\b/i);
    // Every quote and angle bracket in a tag is one of our own: nothing of theirs stands in there unescaped.
    expect(page.match(/<[^>]*\son[a-z]+\s*=\s*["']/g) ?? []).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('asks nobody for anything, and forbids itself to', () => {
    const page = renderReview(review, 'html', '0.1.0');
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">`,
    );
    expect(page).not.toMatch(/https?:|\bsrc=|url\(|@import/);
    expect(page.match(/href="[^#]/)).toBeNull();
  });

  it('can be found through by its headings, captions and scopes', () => {
    const page = renderReview(review, 'html', '0.1.0');
    expect([...page.matchAll(/<h2 id="([a-z-]+)">/g)].map(([, id]) => id)).toEqual([
      ...['changes', 'authority', 'invariants', 'findings', 'provenance', 'contents', 'sign-off'],
    ]);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    const count = (pattern: RegExp) => page.match(pattern)?.length ?? 0;
    expect(count(/<table>/g)).toBe(count(/<table><caption>[^<]+<\/caption>/g));
    expect(count(/<th /g)).toBe(count(/<th scope="(?:col|row)"(?: class="number")?>/g));
    for (const [, id = ''] of page.matchAll(/href="#([a-z-]+)"/g)) expect(page).toContain(`id="${id}"`);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  it('says in one sentence what it comes to, and has room to sign, with the digest', () => {
    const page = renderReview(review, 'html', '0.1.0');
    expect(page).toMatch(
      /<p class="verdict">Bundle .* must not be signed off: \d+ errors? and \d+ warnings? were found\.<\/p>/,
    );
    const signOff = page.slice(page.indexOf('class="signoff"'));
    expect(signOff).toContain(review.provenance.contentDigest);
    expect(signOff).toContain(review.provenance.revision);
  });
});

describe('text', () => {
  it('does nothing to the terminal that shows it, whatever the bundle brings', () => {
    const shown = renderReview(hostile(review), 'text', '0.1.0');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    expect(shown).toContain('\\u{202e}\\u{1b}[2J');
  });

  it('fits into 120 columns, but for what is one word', () => {
    const wide = renderReview(review, 'text', '0.1.0')
      .split('\n')
      .filter((line) => line.length > 120 && !/sha256|[0-9a-f]{64}/.test(line));
    expect(wide).toEqual([]);
  });
});

describe('JSON and SARIF', () => {
  it('say the same as the review itself', () => {
    expect(JSON.parse(renderReview(review, 'json', '0.1.0'))).toEqual({
      verdict: { state: 'refuse', sentence: expect.stringContaining('must not be signed off') },
      ...JSON.parse(JSON.stringify(review)),
    });
  });

  it('have a result for each finding, of a rule that is described', () => {
    const { runs } = JSON.parse(renderReview(review, 'sarif', '0.1.0'));
    const results = runs[0].results;
    expect(results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(review.findings.map(({ rule }) => rule));
    const rules: { id: string; shortDescription: { text: string } }[] = runs[0].tool.driver.rules;
    expect(rules.filter(({ id, shortDescription }) => id === shortDescription.text)).toEqual([]);
  });
});

describe('what the review of a bundle that lets everybody act says', () => {
  it('names broken invariants, what is more permissive, and that it is not what its sources give', () => {
    const rules = new Set(review.findings.map(({ level, rule }) => `${level} ${rule}`));
    expect([...rules]).toEqual(
      expect.arrayContaining(['error invariant-broken', 'warning more-permissive', 'warning unsigned']),
    );
    expect(review.invariants[0]).toMatchObject({ counterexample: expect.stringContaining('runs alone') });
    expect(review.invariants.find(({ name }) => name === 'level-0-changes-nothing')).toMatchObject({
      broken: expect.any(Number),
    });
    expect(review.difference?.rows[0]).toMatchObject({ direction: 'more permissive' });
    expect(review.difference?.settings.map(({ path }) => path)).toContain('levels.0.title');
  });

  it('tells who may act alone, level by level and place by place', () => {
    const { alone, levels, environments } = review.authority;
    expect(alone).toHaveLength(levels.length * environments.length);
    const first = alone.find(({ level, environment }) => level === '0' && environment === 'dev');
    expect(first?.may.flatMap(({ acts }) => acts)).toEqual(expect.arrayContaining(['read', 'write', 'delete']));
  });
});

it('markup of templates stays, values are escaped, lists are joined', () => {
  const items = ['<b>', '&'].map((name) => html`<li title="${name}">${name}</li>`);
  expect(pageText(html`<ul>${items}${3}</ul>`)).toBe(
    '<ul><li title="&lt;b&gt;">&lt;b&gt;</li><li title="&amp;">&amp;</li>3</ul>',
  );
});
