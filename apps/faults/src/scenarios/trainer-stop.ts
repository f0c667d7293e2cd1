import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

/** Locks that a stopped trainer outlives: then others have its blocks, and it comes back as a zombie. */
const LOCKS_LEAST = 1.5;
const LOCKS_MOST = 2.5;

export const trainerStop: Scenario = {
  name: 'trainer-stop',
  summary: 'SIGSTOP of a supervisor, its child or both for longer than the lock, then SIGCONT',
  kinds: ['stop-supervisor', 'stop-child', 'stop-supervisor-and-child'],
  counts: { full: 300, test: 2 },
  faultsPerRound: 6,
  secondsPerFault: 3.5,
  independent: true,
  expects: { recovered: 10, duplicates: 50 },
  async inject({ system, random, faultIndex, sweepOver }) {
    const trainer = random.pick(system.trainers);
    const supervisor = trainer.processId;
    const child = trainer.childIds().at(-1);
    const durationMs = system.options.profile.lockDurationMs * random.between(LOCKS_LEAST, LOCKS_MOST);
    if (supervisor === null || child === undefined || !trainer.isReady) return null;
    const kind = trainerStop.kinds[faultIndex % trainerStop.kinds.length]!;
    const stopped = [
      ...(kind === 'stop-child' ? [] : [supervisor]),
      ...(kind === 'stop-supervisor' ? [] : [child]),
    ];
    const sinceMs = Date.now();
    for (const processId of stopped) process.kill(processId, 'SIGSTOP');
    try {
      await pause(durationMs, sweepOver);
    } finally {
      for (const processId of stopped) continueIfThere(processId);
    }
    return {
      kind,
      target: `processes ${stopped.join(', ')} for ${Math.round(durationMs)} ms`,
      recovery: kind === 'stop-child' ? null : { of: 'blocks', processIds: [supervisor], sinceMs },
    };
  },
};

function continueIfThere(processId: number): void {
  try {
    process.kill(processId, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
