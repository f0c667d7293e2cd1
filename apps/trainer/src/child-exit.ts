/** Why a training child is no more, in terms of the attempt ledger. */
import type { AttemptCause } from '@seedbed/contracts';

/**
 * - `error`: the program ended itself (an exit code, an uncaught exception, a message of the wrong shape)
 * - `poison`: it had to be killed: no sign of life, out of memory, a fault in native code
 * - `infrastructure`: somebody else killed it; nothing says that the block had a part in it
 */
export interface ChildDeath {
  readonly cause: Extract<AttemptCause, 'infrastructure' | 'error' | 'poison'>;
  readonly reason: string;
}

export interface ExitFacts {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the supervisor killed the child for this. */
  readonly killedFor: ChildDeath | null;
  /** Whether the kernel killed processes for memory while the child lived; null where it does not say. */
  readonly memoryKillSeen: boolean | null;
  /** The last lines that the child wrote to its standard error. */
  readonly lastWords: string;
}

export function explainExit(facts: ExitFacts): ChildDeath {
  if (facts.killedFor !== null) return facts.killedFor;
  const words = facts.lastWords.trim() === '' ? '' : `: ${facts.lastWords.trim()}`;
  if (facts.signal === null) {
    return { cause: 'error', reason: `training child exited with code ${facts.code}${words}` };
  }
  if (facts.signal === 'SIGKILL' && facts.memoryKillSeen === false) {
    return { cause: 'infrastructure', reason: 'training child was killed from outside (SIGKILL)' };
  }
  if (facts.signal === 'SIGTERM' || facts.signal === 'SIGINT' || facts.signal === 'SIGHUP') {
    return { cause: 'infrastructure', reason: `training child was ended from outside (${facts.signal})` };
  }
  const suspicion = facts.signal === 'SIGKILL' ? ', most likely for memory' : '';
  return { cause: 'poison', reason: `training child died of ${facts.signal}${suspicion}${words}` };
}
