import type { GivenCall } from './call-writer.ts';
import { CHANGES } from './kubectl-changes.ts';
import { OBJECTS } from './kubectl-objects.ts';
import { READS } from './kubectl-reads.ts';
import { type Command, invalid, type Write } from './kubectl-target.ts';
import { readWords } from './kubectl-words.ts';
import type { RawRequest } from './raw-http.ts';

/**
 * The request that changes or reads what a kubectl command is about. Where kubectl sends several (it looks before it patches,
 * and deletes what a selector finds one by one), it is the one that matters, with the selector in it.
 * @throws SallyportError `request/invalid` for what it does not know
 */
export function parseKubectl(text: string, call: GivenCall): RawRequest {
  const command: Command = { ...readWords(text), call };
  const [verb = '', ...rest] = command.words;
  const write = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  if (write === undefined)
    throw invalid(
      `the command ${JSON.stringify(verb.slice(0, 40))} is not known here; known are ${Object.keys(COMMANDS).join(', ')}`,
    );
  return impersonating(command, write(command, rest));
}

const COMMANDS: Readonly<Record<string, Write>> = { ...READS, ...CHANGES, ...OBJECTS };

/** kubectl sends these as headers, and the gate refuses them. */
function impersonating({ flags }: Command, request: RawRequest): RawRequest {
  const user = flags.get('as');
  const group = flags.get('as-group');
  const headers = {
    ...request.headers,
    ...(user === undefined ? {} : { 'Impersonate-User': user }),
    ...(group === undefined ? {} : { 'Impersonate-Group': group }),
  };
  return { ...request, headers };
}
