import type { Where } from '../../../src/review/authority/fold.ts';
import type { Mutant } from './mutants.ts';

interface Case {
  readonly what: string;
  readonly mutant: Mutant;
  /** The cells that are judged: enough of them to show it, in little time. */
  readonly among: Where;
  /** Which invariants are broken, each with its smallest counterexample in words. */
  readonly broken: Readonly<Record<string, string>>;
}

const ALLOW = { do: 'allow' };
const HOLD = { do: 'hold', people: 1 };
const NO_BUDGETS = {
  'limits.hourly': { agent: {}, service: {}, intent: {} },
  ...{ 'limits.rate': {}, 'limits.attempts': {} },
};

/** Cells of the level table that the rules read in place of the settings': such settings would be refused when they are loaded. */
function withCells(cells: Readonly<Record<string, Readonly<Record<string, object>>>>): Edit {
  const table = 'data.settings.levels[format_int(level, 10)].cells';
  const other = `object.get(${JSON.stringify(cells)}, format_int(level, 10), {})`;
  return ['level.rego', `_settled(${table}[column])`, `_settled(object.get(${other}, column, ${table}[column]))`];
}

type Edit = NonNullable<Mutant['rego']>[number];

/** Between them they break every invariant that the library ships: none of them holds by itself. */
export const MUTANTS: readonly Case[] = [
  {
    what: 'levels below 3 that change things, with people and alone',
    mutant: {
      rego: [
        withCells({
          ...{ 0: { b: HOLD }, 1: { b: ALLOW, c: HOLD } },
          2: { b_production: ALLOW, c_production: ALLOW },
        }),
      ],
    },
    among: {
      ...{ level: ['0', '1', '2', '3'], environment: ['dev', 'prod'], act: ['sensitive_read', 'write', 'connect'] },
      window: ['open'],
    },
    broken: {
      'level-0-changes-nothing': 'a write in dev by an agent of level 0 waits for 1 person of platform; expected deny',
      'level-1-changes-nothing': 'a write in dev by an agent of level 1 runs alone; expected deny',
      'level-2-never-alone': 'a write in prod by an agent of level 2 runs alone; expected hold or deny',
      'production-alone-from-level-4': 'a write in prod by an agent of level 2 runs alone; expected hold or deny',
      'levels-in-order':
        'a write in dev by an agent of level 1 runs alone, while a write in dev by an agent of level 2 waits for 1 person of platform: hold becomes allow',
      'secrets-are-read-with-people':
        'a read of a secret in prod by an agent of level 2 runs alone; expected hold or deny',
      'beyond-the-limits-never-alone-below-5':
        'a write in prod by an agent of level 2, that reaches one object further than tier B may runs alone; expected hold or deny',
      'tier-c-never-alone-below-5':
        'a write in prod by an agent of level 2, that reaches one object further than tier B may runs alone; expected hold or deny',
      'tier-c-takes-two-in-production':
        'a write in prod by an agent of level 2, that reaches one object further than tier B may runs alone; expected at least 2 to approve',
      'cluster-scope-never-alone-without-runbook':
        'a write in prod by an agent of level 2, whose scope is the cluster runs alone; expected hold or deny',
      'no-way-back-never-alone':
        'a write in prod by an agent of level 2, whose way back does not restore exactly what was there runs alone; expected hold or deny',
      'obligations-that-cannot-be-met-take-people':
        'a write in dev by an agent of level 1, where the gate can discharge no obligation runs alone; expected hold or deny',
    },
  },
  {
    what: 'reads that are advised, obligations that are left out, and a gate that is thought able to do anything',
    mutant: {
      rego: [
        withCells({
          3: { read: { do: 'advise' } },
          4: { b_production: { do: 'allow', obligations: { notify: { now: true } }, else: HOLD } },
        }),
        ['level.rego', 'name in input.state.can', 'name != "nothing"'],
      ],
    },
    among: {
      ...{ level: ['3', '4'], environment: ['prod'], act: ['read', 'write'], window: ['open'] },
      ...{ way_back: ['exact', 'not_needed'], blast: ['nothing', 'small'] },
    },
    broken: {
      'reads-need-no-people': 'a read in prod by an agent of level 3 is denied; expected allow',
      'obligations-that-cannot-be-met-take-people':
        'a write in prod by an agent of level 4, where the gate can discharge no obligation runs alone, with notify now; expected hold or deny',
      'alone-in-production-is-verified':
        'a write in prod by an agent of level 4 runs alone, with notify now; expected the gate to be obliged to verify',
      'changes-are-captured':
        'a write in prod by an agent of level 4 runs alone, with notify now; expected the gate to be obliged to capture',
    },
  },
  {
    what: 'unknown and undeclared places that count as the least strict, and credentials for one person',
    mutant: {
      settings: { 'authority.credential_routes': { review: true } },
      rego: [
        ['environment.rego', 'data.settings.environments.undeclared', '"dev"'],
        [
          'risk.rego',
          'data.settings.risk.review, domain[0]',
          'object.union(data.settings.risk.review, {"authentication": 0}), domain[0]',
        ],
        [
          'risk.rego',
          'not data.settings.risk.unregulated[label]',
          'label != "unknown"\n\tnot data.settings.risk.unregulated[label]',
        ],
      ],
    },
    among: {
      ...{ level: ['2', '4'], act: ['write', 'credential'], window: ['open'], way_back: ['exact'] },
      blast: ['small', 'limit'],
    },
    broken: {
      'credentials-take-two-people':
        'a request for a credential in dev by an agent of level 2 waits for 1 person of platform; expected at least 2 to approve',
      'tier-c-takes-two-in-production':
        'a request for a credential in an environment that nothing declares by an agent of level 2 waits for 1 person of platform; expected at least 2 to approve',
      'unknown-places-are-never-easier':
        'a write in an environment that could not be looked up by an agent of level 4 runs alone, with notify and capture, while a write in prod by an agent of level 4 runs alone, with notify now, capture and verify: the gate is not obliged to verify any more',
      'undeclared-places-are-never-easier':
        'a write in an environment that nothing declares by an agent of level 2, when nobody knows what was spent waits for 1 person of platform, while a write in staging by an agent of level 2, when nobody knows what was spent is denied: deny becomes hold',
      'unknown-services-are-never-easier':
        'a write in dev by an agent of level 2, of a service of which neither tier nor regulation is known waits for 1 person of platform, while a write in dev by an agent of level 2, of regulated data waits for 2 people of platform: it does not ask for 2 people of platform any more',
      'sensitive-domains-take-people':
        'a write in dev by an agent of level 4, in a domain that people look at runs alone, with notify and capture; expected hold or deny',
      'spent-budgets-take-people-in-production':
        'a write in an environment that nothing declares by an agent of level 4, with every hourly budget spent runs alone, with notify and capture; expected hold or deny',
      'alone-in-production-is-verified':
        'a write in an environment that nothing declares by an agent of level 4 runs alone, with notify and capture; expected the gate to be obliged to verify',
      'alone-in-production-with-evidence':
        'a write in an environment that nothing declares by an agent of level 4, for which the agent says nothing runs alone, with notify and capture; expected hold or deny',
    },
  },
  {
    what: 'tier C alone in production, and no budgets',
    mutant: { settings: NO_BUDGETS, rego: [withCells({ 4: { c_production: ALLOW } })] },
    among: {
      ...{ level: ['4'], environment: ['prod'], act: ['write'], window: ['open'], way_back: ['exact', 'none'] },
      ...{ service: ['normal'], gate: ['able'] },
    },
    broken: {
      'unknown-reach-never-alone':
        'a write in prod by an agent of level 4, whose reach is not known runs alone; expected hold or deny',
      'beyond-the-limits-never-alone-below-5':
        'a write in prod by an agent of level 4, that reaches one object further than tier B may runs alone; expected hold or deny',
      'tier-c-never-alone-below-5':
        'a write in prod by an agent of level 4, that reaches one object further than tier B may runs alone; expected hold or deny',
      'tier-c-takes-two-in-production':
        'a write in prod by an agent of level 4, that reaches one object further than tier B may runs alone; expected at least 2 to approve',
      'cluster-scope-never-alone-without-runbook':
        'a write in prod by an agent of level 4, whose scope is the cluster runs alone; expected hold or deny',
      'no-way-back-never-alone':
        'a write in prod by an agent of level 4, without a way back runs alone; expected hold or deny',
      'more-reach-is-never-easier':
        'a write in prod by an agent of level 4, that reaches one object further than tier B may runs alone, while a write in prod by an agent of level 4, that reaches just as far as tier B may runs alone, with notify now, capture and verify: the gate is not obliged to notify any more',
      'wider-scope-is-never-easier':
        'a write in prod by an agent of level 4, whose scope is the cluster runs alone, while a write in prod by an agent of level 4 runs alone, with notify now, capture and verify: the gate is not obliged to notify any more',
      'unknown-budgets-never-alone-in-production':
        'a write in prod by an agent of level 4, when nobody knows what was spent runs alone, with notify now, capture and verify; expected hold or deny',
      'spent-budgets-take-people-in-production':
        'a write in prod by an agent of level 4, with every hourly budget spent runs alone, with notify now, capture and verify; expected hold or deny',
    },
  },
  {
    what: 'nothing at stake in anything',
    mutant: {
      rego: [
        ['risk.rego', 'for_domains := max([one[2] | some one in weighed])', 'for_domains := 0'],
        [
          'risk.rego',
          'for_escalations := max(array.concat([0], [data.settings.risk.escalations[name].people | some name in escalations]))',
          'for_escalations := 0',
        ],
        ['risk.rego', '\tinput.action.class == "delete"\n', '\tinput.action.class == "nothing"\n'],
        ['tier.rego', '} else := "what it changes is not known" if {', '} else := "" if {'],
        ['tier.rego', 'data.settings.tiers.harmless[escalation] == true', 'escalation != "nothing"'],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['prod'], act: ['write', 'delete'], window: ['open'], way_back: ['exact'] },
      ...{ blast: ['small'], gate: ['able'] },
    },
    broken: {
      'critical-services-are-not-deleted-alone':
        'a deletion in prod by an agent of level 4, of a critical service runs alone, with notify now, capture and verify; expected hold or deny',
      'regulated-data-takes-people':
        'a write in prod by an agent of level 4, of regulated data runs alone, with notify now, capture and verify; expected hold or deny',
      'sensitive-domains-take-people':
        'a write in prod by an agent of level 4, in a domain that people look at runs alone, with notify now, capture and verify; expected hold or deny',
      'power-takes-people':
        'a write in prod by an agent of level 4, that gives the gravest of powers runs alone, with notify now, capture and verify; expected at least 1 to approve',
    },
  },
  {
    what: 'rules that have nothing to say of windows, freezes, grants, authority and bodies',
    mutant: {
      rego: [
        ['rules/windows/open/open.rego', 'if tier.name == "A"', 'if input.version == 1'],
        ['rules/windows/open/open.rego', '\tcount(windows.closed) > 0\n', '\tcount(windows.closed) > 1000\n'],
        [
          'rules/freeze/active/active.rego',
          '\tcount(input.state.freezes) > 0\n',
          '\tcount(input.state.freezes) > 1000\n',
        ],
        ['rules/freeze/active/active.rego', 'if count(input.state.freezes) == 0', 'if input.version == 1'],
        ['rules/scope/address/address.rego', '_inside\n} else', 'input.version == 1\n} else'],
        ['rules/scope/labels/labels.rego', '_covered if {', '_covered if input.version == 1\n\n_covered if {'],
        [
          'rules/authority/reserved/reserved.rego',
          'answer := [{',
          'answer := [] if {\n\tinput.version == 1\n} else := [{',
        ],
        ['rules/action/readable/readable.rego', '_known\n\t_legible\n', 'input.version == 1\n'],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['prod'], act: ['read', 'write', 'authority', 'unknown'] },
      ...{ way_back: ['exact', 'not_needed'], blast: ['nothing', 'small'] },
    },
    broken: {
      'authority-is-for-people':
        'a change of who may do what in prod by an agent of level 4 waits for 2 people of production; expected deny',
      'what-nobody-can-read-is-denied':
        'an act that nobody can read in prod by an agent of level 4 waits for 2 people of production; expected deny',
      'bodies-are-read':
        'a write in prod by an agent of level 4, whose body cannot be read runs alone, with notify now, capture and verify; expected deny',
      'nothing-outside-windows-in-production':
        'a write in prod by an agent of level 4, outside its change window runs alone, with notify now, capture and verify; expected hold or deny',
      'frozen-means-denied':
        'a write in prod by an agent of level 4, while changes are frozen runs alone, with notify now, capture and verify; expected deny',
      'everything-frozen-means-reads-too':
        'a write in prod by an agent of level 4, while everything is frozen runs alone, with notify now, capture and verify; expected deny',
      'nothing-outside-the-grant':
        "a write in prod by an agent of level 4, outside the agent's grant runs alone, with notify now, capture and verify; expected deny",
    },
  },
  {
    what: 'windows that are open when they are closed',
    mutant: {
      rego: [
        ['rules/windows/open/open.rego', '\tcount(windows.closed) == 0\n', '\tcount(windows.closed) > 1000\n'],
        ['rules/windows/open/open.rego', '\tcount(windows.closed) > 0\n', '\tcount(windows.closed) == 0\n'],
        ['rules/windows/open/open.rego', 'if tier.name == "A"', 'if count(windows.closed) > 0'],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['dev'], act: ['write'], way_back: ['exact'], blast: ['small'] },
      gate: ['able'],
    },
    broken: {
      'closed-windows-are-never-easier':
        'a write in dev by an agent of level 4, outside its change window runs alone, with notify and capture, while a write in dev by an agent of level 4 is denied: deny becomes allow',
    },
  },
  {
    what: 'ways back that count when they are not exact',
    mutant: {
      rego: [
        [
          'tier.rego',
          'input.action.way_back.exact == true\n\t_captured',
          'input.action.way_back.exact == false\n\t_captured',
        ],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['prod'], act: ['write'], window: ['open'], gate: ['able'], blast: ['small'] },
    },
    broken: {
      'no-way-back-never-alone':
        'a write in prod by an agent of level 4, whose way back does not restore exactly what was there runs alone, with notify now, capture and verify; expected hold or deny',
      'worse-ways-back-are-never-easier':
        'a write in prod by an agent of level 4, whose way back does not restore exactly what was there runs alone, with notify now, capture and verify, while a write in prod by an agent of level 4 waits for 2 people of production: hold becomes allow',
    },
  },
  {
    what: 'limits that are read the wrong way round, and normal services that count as critical ones',
    mutant: {
      rego: [
        ['tier.rego', 'input.blast[measure] <= limits[measure]', 'input.blast[measure] >= limits[measure]'],
        [
          'risk.rego',
          'not data.settings.risk.tiers.critical[input.target.labels[source].tier] == false',
          'input.target.labels[source].tier == "1"',
        ],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['prod'], act: ['delete'], window: ['open'], way_back: ['exact'] },
      gate: ['able'],
    },
    broken: {
      'beyond-the-limits-never-alone-below-5':
        'a deletion in prod by an agent of level 4, that reaches one object further than tier B may, of a critical service runs alone, with notify now, capture and verify; expected hold or deny',
      'more-reach-is-never-easier':
        'a deletion in prod by an agent of level 4, that reaches just as far as tier B may waits for 1 person of production, with notify now, capture and verify, while a deletion in prod by an agent of level 4 waits for 2 people of production: it does not ask for 2 people of production any more',
      'critical-services-are-never-easier':
        'a deletion in prod by an agent of level 4, that reaches just as far as tier B may, of a critical service runs alone, with notify now, capture and verify, while a deletion in prod by an agent of level 4, that reaches just as far as tier B may waits for 1 person of production, with notify now, capture and verify: hold becomes allow',
      'critical-services-are-not-deleted-alone':
        'a deletion in prod by an agent of level 4, that reaches just as far as tier B may, of a critical service runs alone, with notify now, capture and verify; expected hold or deny',
    },
  },
  {
    what: 'evidence that is asked for where it is there',
    mutant: {
      rego: [
        ['rules/evidence/required/required.rego', 'count(_missing) == 0', 'count(_missing) > 0'],
        ['rules/evidence/confidence/confidence.rego', 'count(_limits) == 0', 'input.call.pass != "never"'],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['prod'], act: ['write'], window: ['open'], gate: ['able'] },
      ...{ way_back: ['exact'], blast: ['small'], runbook: ['none'] },
    },
    broken: {
      'alone-in-production-with-evidence':
        'a write in prod by an agent of level 4, for which the agent says nothing runs alone, with notify now, capture and verify; expected hold or deny',
      'less-evidence-is-never-easier':
        'a write in prod by an agent of level 4, for which the agent says nothing runs alone, with notify now, capture and verify, while a write in prod by an agent of level 4 waits for 1 person of production, with notify now, capture and verify: hold becomes allow',
    },
  },
  {
    what: 'contradictions that nobody hears',
    mutant: {
      rego: [
        ['rules/evidence/confidence/confidence.rego', 'not evidence.known', 'input.call.pass == "never"'],
        [
          'rules/evidence/confidence/confidence.rego',
          'count(evidence.contradicting) == 0',
          'input.call.pass != "never"',
        ],
      ],
    },
    among: {
      ...{ level: ['4'], environment: ['dev'], act: ['write'], window: ['open'], gate: ['able'] },
      ...{ way_back: ['exact'], blast: ['small'], runbook: ['none'] },
    },
    broken: {
      'contradictions-take-people':
        'a write in dev by an agent of level 4, that its evidence contradicts runs alone, with notify and capture; expected hold or deny',
    },
  },
];
