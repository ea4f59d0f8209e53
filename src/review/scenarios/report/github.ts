import type { Finding } from '../../report/finding.ts';
import type { TestReport } from '../result.ts';

/** GitHub's annotations by workflow commands, a line per finding, and the closing line. */
export function githubReport({ tests, findings }: TestReport): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  return [...findings.map(annotation), `${tests.length - failed} passed, ${failed} failed`, ''].join('\n');
}

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** `::error file=...,line=...,title=...::message`, escaped as the runner reads it. */
export function annotation({ rule, level, message, fix, at }: Finding): string {
  const properties = [
    ...(at === undefined ? [] : [`file=${property(at.file)}`]),
    ...(at?.line === undefined ? [] : [`line=${at.line}`]),
    `title=${property(rule)}`,
  ];
  return `::${COMMANDS[level]} ${properties.join(',')}::${data(fix === undefined ? message : `${message}\nfix: ${fix}`)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
