import { messageOf, SallyportError } from '../errors.ts';

/** No answer: there was no connection, or it ended before one began. */
export function unreachable(cause: unknown): SallyportError {
  const why = `the upstream could not be reached or broke off: ${messageOf(cause)}`;
  return new SallyportError('upstream/unreachable', why, { cause });
}

/** A part of an answer. */
export function brokeOff(): SallyportError {
  return new SallyportError('upstream/unreachable', 'the upstream broke off in the middle of its answer');
}

/** @param timeout milliseconds that the upstream was given */
export function tooLate(timeout: number): SallyportError {
  const seconds = timeout / 1000;
  return new SallyportError('upstream/timeout', `the upstream did not begin to answer within ${seconds} s`);
}
