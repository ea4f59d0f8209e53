import { messageOf, SallyportError } from '../errors.ts';

/**
 * What went wrong in an evaluation, told from whatever was thrown: the SDK throws strings, plain objects and JavaScript's
 * own errors. `exhausted`: the fuel was below zero.
 */
export function faultOf(thrown: unknown, exhausted: boolean, limit: number): SallyportError {
  const message = messageOf(thrown);
  if (exhausted) {
    return new SallyportError('policy/fuel', `the policy was stopped after ${limit} loop turns and function entries`, {
      fix: 'find the rule that loops (`opa eval --profile`), or raise evaluation.fuel',
      cause: thrown,
    });
  }
  if (message === 'opa_malloc: failed' || message.includes('Memory.grow')) {
    return new SallyportError('policy/memory', 'the policy needs more memory than evaluation.memory allows', {
      fix: 'find the rule that builds large values, or raise evaluation.memory',
      cause: thrown,
    });
  }
  const what = thrown instanceof RangeError ? `nested too deeply (${message})` : message;
  return new SallyportError('policy/fault', `the policy failed: ${what}`, { cause: thrown });
}
