import type { MadeChange, StopQuestion, SubjectKind } from '../../decide/stops/stop-question.ts';
import type { CountedCall } from './happenings.ts';

/** Whose calls are counted together. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

/** What is known of a change. `at` is in milliseconds since the epoch. */
type Made = Omit<MadeChange, 'ago'> & { readonly at: number };

/** How many changes, and how many denials, are kept of each. */
const KEPT = 64;

/** What became of the calls of one agent, runbook or service lately; the oldest first. */
export class Track {
  readonly subject: Subject;
  #changes: readonly Made[] = [];
  #denials: readonly { readonly decision: string; readonly at: number }[] = [];

  constructor(subject: Subject) {
    this.subject = subject;
  }

  ended(decision: string, ended: MadeChange['ended'], at: number): void {
    this.#changes = [...this.#changes.slice(1 - KEPT), { decision, at, ended, verification: 'none', reverted: false }];
  }

  denied(decision: string, at: number): void {
    this.#denials = [...this.#denials.slice(1 - KEPT), { decision, at }];
  }

  /** What became known of a change later; nothing where it is not kept any more. */
  learnt(decision: string, news: Partial<Pick<Made, 'verification' | 'reverted'>>, at: number): void {
    this.#changes = this.#changes.map((made) => (made.decision === decision ? { ...made, ...news, at } : made));
  }

  /** How many of each kind are kept, of whatever age: fewer meet no condition. */
  count(counted: 'failures' | 'verifications' | 'reverts' | 'denials'): number {
    switch (counted) {
      case 'failures':
        return this.#changes.filter(({ ended }) => ended === 'failed').length;
      case 'verifications':
        return this.#changes.filter(({ verification }) => verification === 'failed').length;
      case 'reverts':
        return this.#changes.filter(({ reverted }) => reverted).length;
      case 'denials':
        return this.#denials.length;
    }
  }

  question(now: Date): Pick<StopQuestion, 'subject' | 'changes' | 'denials'> {
    const ago = (at: number): number => Math.max(0, Math.round((now.getTime() - at) / 1000));
    return {
      subject: this.subject,
      changes: this.#changes.map(({ at, ...made }) => ({ ...made, ago: ago(at) })),
      denials: this.#denials.map(({ at, decision }) => ({ decision, ago: ago(at) })),
    };
  }
}

/** Whom a call is counted of. */
export function subjectsOf({ agent, runbook, services }: CountedCall): readonly Subject[] {
  return [
    { kind: 'agent', name: agent },
    ...(runbook === undefined ? [] : [{ kind: 'runbook', name: runbook } as const]),
    ...services.map((name) => ({ kind: 'service', name }) as const),
  ];
}
