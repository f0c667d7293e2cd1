/** One BullMQ job: a block, i.e. one trial × some seeds. */
import { z } from 'zod';
import { nameSchema, runIdSchema, sweepIdSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { ENGINES, packKeyOf, type RunSettings, runIdOf, runSettingsSchema } from './run-settings.js';
import { OtherVersionError, TerminalError } from './errors.js';
import { SCHEMA_VERSIONS_READ, schemaVersionSchema, versionsRead } from './version.js';

export const blockJobSchema = z.strictObject({
  schemaVersion: schemaVersionSchema,
  sweepId: sweepIdSchema,
  stage: nameSchema,
  trialIndex: z.int().min(0),
  blockIndex: z.int().min(0),
  /** Runs with equal pack keys may share matrix products. */
  packKey: z.string().regex(/^[0-9a-f]{16}$/),
  settings: runSettingsSchema,
  runs: z
    .array(z.strictObject({ seed: z.int().min(0).max(LIMITS.seedMax), runId: runIdSchema }))
    .min(1)
    .max(LIMITS.seedsPerTrialMax),
});
export type BlockJob = z.infer<typeof blockJobSchema>;

/** The settings of one run of a block. */
export function settingsOfRun(settings: RunSettings, seed: number): RunSettings {
  return { ...settings, seed };
}

/**
 * Parses job data at the trainer's edge and recomputes every id in it: a job whose ids do not follow from its settings
 * was not built by a coordinator and must not be able to overwrite another run's result.
 *
 * @throws OtherVersionError when another version of Seedbed wrote it, or must train it
 * @throws TerminalError when the data is malformed or its ids do not match
 */
export function parseBlockJob(data: unknown): BlockJob {
  refuseOtherVersion(data);
  const parsed = blockJobSchema.safeParse(data);
  if (!parsed.success) {
    throw new TerminalError(`job data refused: ${z.prettifyError(parsed.error)}`);
  }
  const job = parsed.data;
  for (const run of job.runs) {
    const expected = runIdOf(settingsOfRun(job.settings, run.seed));
    if (expected !== run.runId) {
      throw new TerminalError(
        `job data refused: run id ${run.runId} does not follow from its settings (${expected})`,
      );
    }
  }
  if (packKeyOf(job.settings) !== job.packKey) {
    throw new TerminalError(`job data refused: pack key ${job.packKey} does not follow from its settings`);
  }
  return job;
}

/** All that can be relied on in a job of another version. */
const anyVersionSchema = z.object({
  schemaVersion: z.int().min(1),
  settings: z.object({ engine: z.string().regex(/^[a-z0-9-]{1,64}$/) }).optional(),
});

function refuseOtherVersion(data: unknown): void {
  const parsed = anyVersionSchema.safeParse(data);
  if (!parsed.success) return;
  const { schemaVersion, settings } = parsed.data;
  if (!SCHEMA_VERSIONS_READ.includes(schemaVersion)) {
    throw new OtherVersionError(`the job has format ${schemaVersion}; ${versionsRead()}`);
  }
  if (settings !== undefined && !ENGINES.includes(settings.engine)) {
    throw new OtherVersionError(
      `the job is for engine ${settings.engine}; this version has ${ENGINES.join(' and ')}, which would give other bits`,
    );
  }
}
