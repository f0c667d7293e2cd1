/** What a job's data must be to be trained at all. */
import {
  type BlockJob,
  jobIdOf,
  parseBlockJob,
  parseJobId,
  type SweepId,
  TerminalError,
} from '@seedbed/contracts';
import { FOREIGN_DEAD_LETTERS } from './keys.js';

/**
 * A job that claims to be another one is refused too.
 *
 * @throws OtherVersionError for another version's; TerminalError when the data is not that job's
 */
export function parseOwnJob(jobId: string, data: string): BlockJob {
  const parsed = tryParse(data);
  if (parsed === undefined) throw new TerminalError('job data refused: it is not JSON');
  const job = parseBlockJob(parsed);
  if (jobIdOf(job) !== jobId) {
    throw new TerminalError(`job data refused: it describes block ${jobIdOf(job)}, not ${jobId}`);
  }
  return job;
}

/** Undefined when the text is not JSON. */
export function tryParse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** The sweep under which people look for a job's dead letter. */
export function sweepOf(jobId: string): SweepId {
  try {
    return parseJobId(jobId).sweepId;
  } catch {
    return FOREIGN_DEAD_LETTERS;
  }
}
