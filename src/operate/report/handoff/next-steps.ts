import { moment } from '../words.ts';
import type { HandedAction, HandoffPackage, NextStep } from './package.ts';

/**
 * What whoever takes over should do next, by rules over what the record says, most urgent first: what is broken before what
 * waits, what waits before what is only to be known.
 */
export function nextSteps(handed: Omit<HandoffPackage, 'next'>): readonly NextStep[] {
  const { actions, freezes, levels, state, statement } = handed;
  const steps = [
    ...actions.filter(isStuck).map(stuckStep),
    ...actions.filter((one) => one.verification === 'failed' && one.revert === '').map(unverifiedStep),
    ...actions.filter(isUnclear).map(unclearStep),
    ...freezes
      .filter(({ lifted }) => !lifted)
      .map(
        ({ why, by, time }): NextStep => ({
          step: 'Find out whether what was frozen may go on, then lift the freeze (sallyport thaw) or leave it.',
          because: `It was frozen by ${by}, ${moment(time)}: ${why}`,
        }),
      ),
    ...actions.filter((one) => one.hold === 'waiting').map(waitingStep),
    ...actions.filter((one) => one.revert === 'ran').map(revertedStep(statement.hypothesis)),
    ...actions.filter((one) => one.hold === 'denied').map(deniedStep),
    ...actions.filter((one) => one.verification === 'inconclusive').map(inconclusiveStep),
    ...levels
      .filter(({ what }) => what === 'agent.demoted')
      .slice(-1)
      .map(
        ({ why }): NextStep => ({
          step: 'Expect the agent to ask people for more than before, or to be refused.',
          because: `It was demoted: ${why}`,
        }),
      ),
  ];
  if (steps.length > 0) return steps;
  if (state === 'done')
    return [
      { step: 'Nothing is left to do but to watch that it stays so.', because: watched(statement.successSignal) },
    ];
  const changed = actions.some(({ outcome }) => outcome === 'done');
  return [
    changed
      ? {
          step: 'See whether what was changed has helped, and close the intent.',
          because: watched(statement.successSignal),
        }
      : { step: 'Decide what to do: nothing has been changed.', because: hypothesisOf(statement.hypothesis) },
  ];
}

/** It was to be taken back, and was not. */
function isStuck({ revert }: HandedAction): boolean {
  return revert !== '' && revert !== 'ran' && revert !== 'started';
}

function stuckStep({ decision, action, target, revert }: HandedAction): NextStep {
  return {
    step: `Take back by hand what decision ${decision} did, or look why it cannot be (sallyport revert ${decision}).`,
    because: `${action} ${target} was to be taken back: ${revert}`,
  };
}

function unverifiedStep({ decision, action, target }: HandedAction): NextStep {
  return {
    step: `Take back decision ${decision} (sallyport revert ${decision}), or show that it works.`,
    because: `The verification of ${action} ${target} failed, and it still stands`,
  };
}

/** Nobody knows whether it ran, or it ended badly; what was taken back is clear. */
function isUnclear({ outcome, revert }: HandedAction): boolean {
  return (outcome === 'lost' || outcome.startsWith('failed')) && revert !== 'ran';
}

function unclearStep({ decision, action, target, outcome }: HandedAction): NextStep {
  return {
    step: `Look what decision ${decision} has left behind on ${target}.`,
    because: `${action} ${outcome === 'lost' ? 'has no known end: the gate stopped meanwhile' : outcome}`,
  };
}

function waitingStep({ decision, action, target, decideBy, reason }: HandedAction): NextStep {
  return {
    step: `Decide about the held call ${decision}${decideBy === '' ? '' : ` until ${moment(decideBy)}`} (sallyport approvals show ${decision}).`,
    because: `${action} ${target} waits: ${reason}`,
  };
}

function revertedStep(hypothesis: unknown): (action: HandedAction) => NextStep {
  return ({ decision, action, target }) => ({
    step: `Look at ${target} and think again before anything else is tried there.`,
    because: `${action} (decision ${decision}) was taken back, so the hypothesis is not confirmed: ${said(hypothesis)}`,
  });
}

function deniedStep({ decision, action, target, approvals }: HandedAction): NextStep {
  const no = approvals.findLast(({ what }) => what === 'hold.denied');
  return {
    step: `Find another way than decision ${decision}.`,
    because: `${action} ${target} was denied${no === undefined ? '' : ` by ${no.by}: ${no.why}`}`,
  };
}

function inconclusiveStep({ decision, action, target }: HandedAction): NextStep {
  return {
    step: `Look whether decision ${decision} did what it was for.`,
    because: `The verification of ${action} ${target} came to no end`,
  };
}

function watched(signal: unknown): string {
  return typeof signal === 'string' && signal !== ''
    ? `The success signal is: ${signal}`
    : 'No success signal was named';
}

function hypothesisOf(hypothesis: unknown): string {
  return `The hypothesis is: ${said(hypothesis)}`;
}

function said(hypothesis: unknown): string {
  return typeof hypothesis === 'string' && hypothesis !== '' ? hypothesis : 'none was given';
}
