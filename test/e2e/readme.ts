import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** One block of code of a Markdown file. */
export interface Block {
  /** What stands behind the fence: `sh`, `yaml`, or nothing. */
  readonly language: string;
  readonly text: string;
}

/** The blocks of the README, in its order. */
export function readmeBlocks(): readonly Block[] {
  return [...readme().matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** The `sallyport ...` commands in the text between the blocks, in its order. */
export function readmeInlineCommands(): readonly string[] {
  const prose = readme().replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`]+)`/g)]
    .map(([, code = '']) => code.replaceAll(/\s+/g, ' '))
    .filter((code) => /^sallyport /.test(code));
}

/** The commands of a shell block: continued lines joined, comments taken off. */
export function commandsIn({ text }: Block): readonly string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** A console block: what was typed after each `$ `, and what was answered. */
export function sessionsIn({ text }: Block): readonly { readonly command: string; readonly answer: string }[] {
  return text
    .split(/^\$ /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [command = '', ...answer] = part.trimEnd().split('\n');
      return { command, answer: answer.join(' ') };
    });
}

function readme(): string {
  return readFileSync(join(ROOT, 'README.md'), 'utf8');
}
