import type { FaultContext, InjectedFault, Scenario } from '../scenario.js';

const KINDS = ['kill-supervisor', 'kill-child', 'kill-supervisor-and-child'] as const;

export const trainerKill: Scenario = {
  name: 'trainer-kill',
  summary: 'SIGKILL of a random trainer at a random time: its supervisor, its child, or both',
  kinds: KINDS,
  counts: { full: 1_000, test: 3 },
  faultsPerRound: 10,
  secondsPerFault: 1.2,
  independent: true,
  expects: { recovered: 10 },
  inject: (context) => killTrainer(context, KINDS),
};

/** @param kinds in turn */
export async function killTrainer(
  { system, random, faultIndex }: FaultContext,
  kinds: readonly (typeof KINDS)[number][],
): Promise<InjectedFault | null> {
  const ready = system.trainers.filter(({ isReady }) => isReady);
  // One is away at most, or a small machine would start trainers instead of training.
  if (ready.length < system.trainers.length - 1) return null;
  const trainer = random.pick(ready);
  const supervisor = trainer.processId;
  const child = trainer.childIds().at(-1);
  const kind = kinds[faultIndex % kinds.length]!;
  if (supervisor === null || child === undefined) return null;
  const sinceMs = Date.now();
  if (kind !== 'kill-child') process.kill(supervisor, 'SIGKILL');
  if (kind !== 'kill-supervisor') killIfThere(child);
  return {
    kind,
    target: `trainer ${supervisor}, child ${child}`,
    recovery: { of: 'blocks', processIds: [supervisor], sinceMs },
  };
}

/** Its supervisor's end may have taken it along already. */
function killIfThere(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
