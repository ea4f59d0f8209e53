import { messageOf, SallyportError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { HostBuiltins } from './builtins/host-builtin.ts';
import { createHostBuiltins } from './builtins/registry.ts';
import { MAX_FUEL } from './fuel.ts';
import type { PolicyInput } from './input.ts';
import { parseVerdict } from './parse-verdict.ts';
import { faultOf } from './policy-fault.ts';
import { unknownInput } from './policy-input.ts';
import { type Instance, instantiate, restoreStatics } from './policy-instance.ts';
import { compilePolicy } from './policy-module.ts';
import { readSettingsProblems, refuseSettings, type SettingsProblem } from './settings/settings-problems.ts';
import type { TriedModules } from './tried-modules.ts';

/** The entrypoint that every bundle must have. */
export const DECISION = 'sallyport/decision';
/** The entrypoint that says whether what became of calls is reason to stop, of bundles that have it. */
export const STOPS = 'sallyport/stops/answer';
/** The entrypoint that says what is wrong with the settings, of bundles that have it. */
export const SETTINGS_PROBLEMS = 'sallyport/settings/problems';

/**
 * The fuel of one evaluation when the configuration does not say; see `fuel.ts` for what it counts. More than a hundred
 * times what the policy library's dearest verdict takes (51,000); rules that run away take 20 to 140 ms to use it up.
 */
export const DEFAULT_FUEL = 10_000_000;
export const DEFAULT_MEMORY_MIB = 64;
/** Checking the settings goes through all of them, and only once: enough for some 100,000 entries. */
const SETTINGS_FUEL = 200_000_000;

/** What of a bundle makes a policy. */
export interface PolicySource {
  readonly wasm: Uint8Array;
  readonly data: JsonObject;
  /** What of the module answers; `DECISION` when absent. */
  readonly entrypoint?: string;
}

export interface PolicyOptions {
  /** Function entries and loop turns that one evaluation may use, at most 2^31 - 1; `DEFAULT_FUEL` when absent. */
  readonly fuel?: number;
  /** MiB of WASM memory, module and data included; `DEFAULT_MEMORY_MIB` when absent. */
  readonly memoryMiB?: number;
  /** Further host functions by builtin name, beside the gate's own. */
  readonly builtins?: HostBuiltins;
  /** Modules that were tried before, with the same data and options: those are neither compiled nor checked again. */
  readonly tried?: TriedModules;
}

/** What an evaluation came to. With a `fault`, `result` is undefined and nothing may be allowed on it. */
export interface Evaluation {
  /** The SDK's result set, unread: `parseVerdict` reads it. */
  readonly result: unknown;
  /** What it used: the same for the same module, data and input, on every machine. */
  readonly fuel: number;
  /** `policy/fuel`, `policy/memory` or `policy/fault`. */
  readonly fault: SallyportError | undefined;
}

export interface Policy {
  /** The builtins that the module asks its host for, sorted; those native to it are not among them. */
  readonly hostBuiltins: readonly string[];
  /** Bytes of WASM memory that an evaluation has needed at most, module, data and some room included. */
  readonly memory: number;
  /**
   * Evaluates `sallyport/decision`. The input is a policy input (`text` is its JSON, when the caller has it already) or
   * its JSON text. Never throws.
   */
  evaluate(input: PolicyInput | string, text?: string): Evaluation;
  /**
   * Evaluates another entrypoint of the module, by the same fuel; `text` is the JSON of its input. `bundle/invalid` is the
   * fault where the module has none such. Never throws.
   */
  ask(entrypoint: string, text: string, moment: Moment): Evaluation;
}

/** What builtins may know of the question that is evaluated: its time (RFC 3339), and the id of what it is asked for. */
export interface Moment {
  readonly time: string;
  readonly id: string;
}

/** What every evaluation of a policy goes by. */
interface Terms {
  readonly fuel: number;
  /** What host functions may know of the call that is being judged, set before each evaluation. */
  readonly clock: { time: string; id: string };
  readonly entrypoint: string;
}

const PAGE = 65_536;
const UTF8 = new TextEncoder();
/** Room for evaluations, so that they need not grow the memory. */
const HEADROOM_PAGES = 64;

/**
 * Makes a policy of a bundle's module and data: checks the module, weaves fuel into it, compiles it (off this thread),
 * checks ABI, entrypoint and builtins, loads the data, evaluates once with an input in which everything is unknown, and asks
 * the policy what is wrong with its settings.
 * @throws SallyportError `bundle/invalid` that says what does not fit
 */
export async function loadPolicy(source: PolicySource, options: PolicyOptions = {}): Promise<Policy> {
  const tried = options.tried?.get(source);
  const module = tried ?? (await compilePolicy(source.wasm));
  const policy = instancePolicy(module, source, options);
  if (tried === undefined) {
    refuseSettings(policy.settingsProblems());
    options.tried?.add(source, module);
  }
  return policy;
}

/**
 * What a policy says is wrong with its settings: for those who build it, and want to show where. Nothing where it does not check them.
 * @throws SallyportError `bundle/invalid` as `loadPolicy`
 */
export async function settingsProblems(source: PolicySource): Promise<readonly SettingsProblem[]> {
  return instancePolicy(await compilePolicy(source.wasm), source, {}).settingsProblems();
}

function instancePolicy(module: WebAssembly.Module, source: PolicySource, options: PolicyOptions): InstancedPolicy {
  const fuel = checkRange('fuel', options.fuel ?? DEFAULT_FUEL, 1, MAX_FUEL);
  const maximum = checkRange('memoryMiB', options.memoryMiB ?? DEFAULT_MEMORY_MIB, 1, 4096) * (2 ** 20 / PAGE);
  const clock = { time: '', id: '' };
  const host = createHostBuiltins(
    () => clock.time,
    () => clock.id,
  );
  const builtins = { ...host, ...options.builtins };
  const data = new TextEncoder().encode(JSON.stringify(source.data));
  const build = (initial: number): Instance => instantiate(module, data.buffer, builtins, { initial, maximum });
  const entrypoint = source.entrypoint ?? DECISION;
  const first = build(Math.min(maximum, HEADROOM_PAGES + Math.ceil((16 * data.length) / PAGE)));
  checkDemands(first, builtins, entrypoint);
  const policy = new InstancedPolicy(build, first, { fuel, clock, entrypoint });
  selfCheck(policy);
  return policy;
}

/**
 * Runs one instance and keeps a warm spare, so that whoever comes after a fault does not wait for a new one. An
 * instance whose memory grew is replaced too: what it keeps of its size is not what the restored statics say.
 */
class InstancedPolicy implements Policy {
  readonly hostBuiltins: readonly string[];
  readonly #build: (pages: number) => Instance;
  readonly #terms: Terms;
  /** The memory that an instance starts with: as much as any good evaluation has needed, so that none grows twice. */
  #pages: number;
  #current: Instance;
  #spare: Instance | undefined;

  constructor(build: (pages: number) => Instance, first: Instance, terms: Terms) {
    this.hostBuiltins = first.asked.toSorted();
    this.#build = build;
    this.#current = first;
    this.#pages = first.size / PAGE;
    this.#terms = terms;
    this.#spare = build(this.#pages);
  }

  get memory(): number {
    return this.#pages * PAGE;
  }

  evaluate(input: PolicyInput | string, text?: string): Evaluation {
    return this.#run(this.#terms, () => questionOf(input, text));
  }

  ask(entrypoint: string, text: string, moment: Moment): Evaluation {
    if (this.#has(entrypoint)) return this.#run({ ...this.#terms, entrypoint }, () => ({ moment, text }));
    const fault = new SallyportError('bundle/invalid', `the bundle does not answer ${entrypoint}`, {
      fix: 'build it again with this version of sallyport',
    });
    return { result: undefined, fuel: 0, fault };
  }

  /** @throws SallyportError `bundle/invalid` when the settings cannot be checked */
  settingsProblems(): readonly SettingsProblem[] {
    if (!this.#has(SETTINGS_PROBLEMS)) return [];
    const terms = { ...this.#terms, fuel: SETTINGS_FUEL, entrypoint: SETTINGS_PROBLEMS };
    const { result, fault } = this.#run(terms, () => questionOf(unknownInput()));
    if (fault === undefined) return readSettingsProblems(result);
    throw new SallyportError('bundle/invalid', `the settings of the bundle cannot be checked: ${fault.message}`, {
      fix: 'see rego/sallyport/checks',
      cause: fault,
    });
  }

  #has(entrypoint: string): boolean {
    const { entrypoints } = this.#current.loaded;
    return isObject(entrypoints) && Object.hasOwn(entrypoints, entrypoint);
  }

  #run(terms: Terms, question: () => Question): Evaluation {
    const evaluation = run(this.#current, question, terms);
    const size = this.#current.loaded.mem.buffer.byteLength;
    if (evaluation.fault !== undefined) this.#replace();
    else if (size > this.#current.size) {
      this.#pages = Math.max(this.#pages, size / PAGE);
      this.#replace();
    }
    return evaluation;
  }

  #replace(): void {
    this.#current = this.#spare ?? this.#tryBuild() ?? this.#current;
    this.#spare = undefined;
    setImmediate(() => {
      this.#spare ??= this.#tryBuild();
    }).unref();
  }

  /** With no memory left for another instance the one that faulted goes on: its state is restored for every evaluation. */
  #tryBuild(): Instance | undefined {
    try {
      return this.#build(this.#pages);
    } catch {
      return undefined;
    }
  }
}

interface Question {
  readonly moment: Moment;
  readonly text: string;
}

/** @throws when the input is none: one that the SDK takes for absent would be judged as undefined, which a policy may let pass */
function questionOf(input: PolicyInput | string, text?: string): Question {
  const value: unknown = typeof input === 'string' ? JSON.parse(input) : input;
  if (!isPolicyInput(value)) throw new TypeError('the policy input is not an object with a call, its id and its time');
  return { moment: value.call, text: typeof input === 'string' ? input : (text ?? JSON.stringify(input)) };
}

function run(instance: Instance, question: () => Question, terms: Terms): Evaluation {
  const { loaded, fuel } = instance;
  const { fuel: limit, clock, entrypoint } = terms;
  fuel.value = limit;
  try {
    const { moment, text } = question();
    clock.time = moment.time;
    clock.id = moment.id;
    restoreStatics(instance);
    const result: unknown = loaded.evaluate(UTF8.encode(text).buffer, entrypoint);
    return { result, fuel: limit - fuel.value, fault: undefined };
  } catch (thrown) {
    const used = limit - Math.max(fuel.value, 0);
    return { result: undefined, fuel: used, fault: faultOf(thrown, fuel.value < 0, limit) };
  }
}

function isPolicyInput(value: unknown): value is PolicyInput {
  if (!isObject(value) || !isObject(value.call)) return false;
  return typeof value.call.time === 'string' && typeof value.call.id === 'string';
}

/** A builtin that nobody supplies would be missed only when a call needs it, and then as a fault: better now. */
function checkDemands({ loaded, asked }: Instance, builtins: HostBuiltins, entrypoint: string): void {
  const entrypoints: unknown = loaded.entrypoints;
  if (!isObject(entrypoints) || !Object.hasOwn(entrypoints, entrypoint)) {
    const found = isObject(entrypoints) ? Object.keys(entrypoints).join(', ') : 'none';
    throw new SallyportError('bundle/invalid', `the module has no entrypoint ${entrypoint}; it has: ${found}`, {
      fix: `build with \`opa build -t wasm -e ${entrypoint}\``,
    });
  }
  const missing = asked.filter((name) => !Object.hasOwn(builtins, name));
  if (missing.length > 0) {
    throw new SallyportError('bundle/invalid', `the module needs builtins that the gate lacks: ${missing.join(', ')}`, {
      fix: 'build with the capabilities.json of the policy library, which lists what there is',
    });
  }
}

function selfCheck(policy: Policy): void {
  const { result, fault } = policy.evaluate(unknownInput());
  let problem = fault;
  let outcome = 'deny';
  try {
    if (!fault) outcome = parseVerdict(result).outcome;
  } catch (thrown) {
    problem = new SallyportError('policy/nonsense', messageOf(thrown), { cause: thrown });
  }
  if (!problem && outcome !== 'allow') return;
  const why = problem ? problem.message : 'it allows a call of which nothing is known';
  throw new SallyportError('bundle/invalid', `the policy fails its self-check: ${why}`, {
    fix: 'see that main has a default of deny and answers with a complete verdict',
    cause: problem,
  });
}

function checkRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SallyportError(
    'config/invalid',
    `evaluation: ${name} is ${value}, expected an integer of ${least} to ${most}`,
  );
}
