import { type Problem, pathLabel } from '../../config/yaml-problems.ts';
import { SallyportError } from '../../errors.ts';
import { isArray, isObject } from '../../json.ts';

/** What a library's own checks find wrong with the meaning of its settings, by the section and path of the setting. */
export interface SettingsProblem extends Problem {
  /** With an error no bundle is loaded; a warning is shown. */
  readonly level: 'error' | 'warning';
}

/**
 * Reads what an evaluation of `sallyport/settings/problems` returned.
 * @throws SallyportError `bundle/invalid` when it is not a list of problems
 */
export function readSettingsProblems(result: unknown): readonly SettingsProblem[] {
  const [entry]: readonly unknown[] = Array.isArray(result) ? result : [];
  const listed = isObject(entry) ? entry.result : undefined;
  if (!isArray(listed)) throw odd();
  return listed.map((problem) => {
    if (!isObject(problem) || typeof problem.message !== 'string' || !isArray(problem.path)) throw odd();
    const path = problem.path.map((step) => (typeof step === 'number' ? step : String(step)));
    return { level: problem.level === 'warning' ? 'warning' : 'error', path, at: 'value', message: problem.message };
  });
}

/** @throws SallyportError `bundle/invalid` with a line for each problem that is an error */
export function refuseSettings(problems: readonly SettingsProblem[]): void {
  const lines = problems
    .filter(({ level }) => level === 'error')
    .map(({ path, message }) => `${pathLabel(path)}: ${message}`);
  if (lines.length === 0) return;
  throw new SallyportError('bundle/invalid', `the settings of the bundle cannot be used: ${lines.join('\n')}`, {
    fix: 'correct these settings and build the bundle again',
  });
}

function odd(): SallyportError {
  return new SallyportError('bundle/invalid', 'sallyport/settings/problems did not answer with a list of problems', {
    fix: 'see that each problem has a level, a path and a message',
  });
}
