import { isObject, type JsonObject } from '../../json.ts';
import type { Finding } from '../report/finding.ts';

const SOON = 30 * 86_400_000;

/** Runbooks whose review is overdue, or due within thirty days. @param time RFC 3339 */
export function runbookFindings(settings: JsonObject, time: string): readonly Finding[] {
  const runbooks = isObject(settings.runbooks) ? settings.runbooks : {};
  return Object.entries(runbooks).flatMap(([name, runbook]): readonly Finding[] => {
    if (!isObject(runbook) || runbook.review_by === undefined) return [];
    return dueFinding(name, runbook, Date.parse(time));
  });
}

function dueFinding(name: string, runbook: JsonObject, now: number): readonly Finding[] {
  const owner = typeof runbook.owner === 'string' ? runbook.owner : 'its owner';
  const fix = `have ${owner} review it and set review_by anew`;
  const due = typeof runbook.review_by === 'string' ? Date.parse(runbook.review_by) : Number.NaN;
  if (Number.isNaN(due)) {
    return [
      {
        rule: 'runbook-overdue',
        level: 'warning',
        message: `runbook ${name}: review_by is no time, so that it covers nothing`,
        fix,
      },
    ];
  }
  const day = new Date(due).toISOString().slice(0, 10);
  if (due <= now) {
    return [
      {
        rule: 'runbook-overdue',
        level: 'warning',
        message: `runbook ${name}: its review was due on ${day}; until it is reviewed it covers nothing`,
        fix,
      },
    ];
  }
  if (due > now + SOON) return [];
  return [
    {
      rule: 'runbook-due',
      level: 'warning',
      message: `runbook ${name}: its review is due on ${day}; after that it covers nothing`,
      fix,
    },
  ];
}
