import { plainText } from './plain-text.ts';

/** What a command has of the world outside; passed in, so that nothing reaches for globals. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** Ends when the person asks to stop (SIGINT, SIGTERM). */
  readonly stop: AbortSignal;
  /** How this program was called, for commands that are shown. */
  readonly program: string;
  /** Whether a person looks at what is printed. */
  readonly interactive: boolean;
  /** Results. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
}

/** One result: `--json` gets the value itself on one line, people get the text. */
export function printResult(terminal: Terminal, json: boolean, value: unknown, text: string): void {
  terminal.out(json ? `${JSON.stringify(value)}\n` : text);
}

/** A line for people on stderr; text of others is made safe to show. */
export function printNote(terminal: Terminal, line: string): void {
  terminal.err(`${plainText(line)}\n`);
}
