/**
 * Names of checkpoint files: `<sweep>/<run id>.<step>.<numerics class>.<SHA-256>`. Everything that is known of a
 * checkpoint is in its name, so that a restart reads a list of files and none of them.
 */
import {
  type NumericsClass,
  numericsClassSchema,
  type RunId,
  runIdSchema,
  sha256HexSchema,
  type SweepId,
  sweepIdSchema,
} from '@seedbed/contracts';
import { z } from 'zod';

export interface CheckpointKey {
  readonly sweepId: SweepId;
  readonly runId: RunId;
  readonly numericsClass: NumericsClass;
  readonly step: number;
  readonly sha256: string;
}

const keySchema = z.object({
  sweepId: sweepIdSchema,
  runId: runIdSchema,
  numericsClass: numericsClassSchema,
  step: z.coerce.number().int().min(1),
  sha256: sha256HexSchema,
});

/** @returns below the shelf's directory; all parts were parsed, so none has a slash or begins with a dot */
export function checkpointPath(key: CheckpointKey): readonly [directory: string, file: string] {
  return [key.sweepId, `${key.runId}.${key.step}.${key.numericsClass}.${key.sha256}`];
}

/** Null for a file that is none of ours. */
export function parseCheckpointPath(directory: string, file: string): CheckpointKey | null {
  // A class has dots of its own.
  const parts = /^([^.]+)\.(\d+)\.(.+)\.([^.]+)$/.exec(file);
  const [, runId, step, numericsClass, sha256] = parts ?? [];
  const parsed = keySchema.safeParse({ sweepId: directory, runId, step, numericsClass, sha256 });
  return parsed.success ? parsed.data : null;
}
