import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { type Bundle, readBundle } from '../../src/decide/bundle.ts';
import { readSiteBundle } from '../../src/decide/site-bundle.ts';
import { canonicalJson, type JsonObject } from '../../src/json.ts';
import { blackoutOf } from '../../src/review/authority/blackout.ts';
import { makeJudge } from '../../src/review/authority/judge-source.ts';
import { dataOf, judgedPair } from '../../src/review/pair-source.ts';
import { probeInput } from '../../src/review/probes/probe-input.ts';
import { COMMITTED, siteArchive, TIME } from './review-lab.ts';

/** Friday mornings are outside of it. */
const MONDAYS = {
  default: 'open',
  environments: { dev: { outside: 'deny', weekly: [{ days: ['mon'], from: '09:00', to: '17:00', zone: 'UTC' }] } },
  services: {},
};

let library: Bundle;

beforeAll(async () => {
  library = readBundle(await readFile(COMMITTED));
});

const write = canonicalJson(probeInput({ class: 'write', level: 5, environment: 'dev', time: TIME }, {}));

async function outcomes(windows: JsonObject | undefined, trust: readonly string[] = []) {
  const site = windows === undefined ? {} : { site: { bundle: readSiteBundle(siteArchive({ windows })), trust } };
  const { source } = judgedPair({ library, ...site });
  const [judge, shut] = [await makeJudge(source), await makeJudge(source, blackoutOf(TIME))];
  return [judge.judge(write).verdict.outcome, shut.judge(write).verdict.outcome];
}

it('workers judge by the library, and by the settings that a site puts in place of its own', async () => {
  expect(await outcomes(undefined)).toEqual(['allow', 'deny']);
  expect(await outcomes(MONDAYS)).toEqual(['deny', 'deny']);
  expect(await outcomes(MONDAYS, ['windows'])).toEqual(['deny', 'deny']);
});

it('what is amended for a question is amended where the site says it, too', async () => {
  const always = { ...MONDAYS, environments: { dev: { outside: 'deny' } } };
  expect(await outcomes(always, ['windows'])).toEqual(['allow', 'deny']);
});

it('the data in force are the library’s with the site’s in their place', async () => {
  const bundle = readSiteBundle(siteArchive({ windows: MONDAYS }));
  const data = dataOf({ library, site: { bundle, trust: [] } });
  expect(data).toMatchObject({ settings: { windows: MONDAYS, levels: { '0': expect.anything() } } });
});
