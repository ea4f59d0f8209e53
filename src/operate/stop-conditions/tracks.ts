import type { CountedCall } from './happenings.ts';
import { type Subject, subjectsOf, Track } from './track.ts';

/** Subjects that are kept at once; who was not heard of for longest is forgotten first. */
const MOST_TRACKS = 10_000;
/** Changes of which it is remembered whose they were. */
const MOST_CALLS = 10_000;

/** The tracks of everybody, and whose changes were whose. */
export class Tracks {
  readonly #tracks = new Map<string, Track>();
  readonly #calls = new Map<string, CountedCall>();

  /** A change has ended; whose tracks it is on. */
  ended(call: CountedCall, ended: 'done' | 'failed', at: number): readonly Track[] {
    this.#calls.set(call.decision, call);
    forgetOldest(this.#calls, MOST_CALLS);
    return this.#each(call, (track) => track.ended(call.decision, ended, at));
  }

  /** An attempt was denied. Only of its agent: nobody gets others stopped by asking for what is theirs. */
  denied({ agent, decision }: CountedCall, at: number): Track {
    const track = this.of({ kind: 'agent', name: agent });
    track.denied(decision, at);
    return track;
  }

  /** More became known of a change; none where nobody remembers it. */
  learnt(decision: string, news: Parameters<Track['learnt']>[1], at: number): readonly Track[] {
    const call = this.#calls.get(decision);
    return call === undefined ? [] : this.#each(call, (track) => track.learnt(decision, news, at));
  }

  /** The intents under which these changes were made. */
  intentsOf(decisions: readonly string[]): readonly string[] {
    return [...new Set(decisions.flatMap((decision) => this.#calls.get(decision)?.intent ?? []))];
  }

  of(subject: Subject): Track {
    const key = `${subject.kind} ${subject.name}`;
    const track = this.#tracks.get(key) ?? new Track(subject);
    // The newest last, so that the first is the one not heard of for longest.
    this.#tracks.delete(key);
    this.#tracks.set(key, track);
    forgetOldest(this.#tracks, MOST_TRACKS);
    return track;
  }

  all(): readonly Track[] {
    return [...this.#tracks.values()];
  }

  #each(call: CountedCall, tell: (track: Track) => void): readonly Track[] {
    return subjectsOf(call).map((subject) => {
      const track = this.of(subject);
      tell(track);
      return track;
    });
  }
}

function forgetOldest(kept: Map<string, unknown>, most: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(key);
  }
}
