/** Cuts a planned stage into the blocks that jobs carry: one trial × at most LIMITS.seedsPerBlock seeds. */
import {
  type BlockJob,
  LIMITS,
  packKeyOf,
  type PlannedStage,
  SCHEMA_VERSION,
  type SweepId,
} from '@seedbed/contracts';

/**
 * Blocks in plan order, made one at a time so that a large stage can be fed to the queue in chunks. A trial's seeds fill
 * its blocks in order: seeds added at the end of a plan never change an earlier full block.
 */
export function* expandBlocks(sweepId: SweepId, stage: PlannedStage): Generator<BlockJob, void, undefined> {
  for (const trial of stage.trials) {
    const packKey = packKeyOf(trial.settings);
    for (let first = 0; first < trial.runs.length; first += LIMITS.seedsPerBlock) {
      yield {
        schemaVersion: SCHEMA_VERSION,
        sweepId,
        stage: stage.stage,
        trialIndex: trial.index,
        blockIndex: first / LIMITS.seedsPerBlock,
        packKey,
        settings: trial.settings,
        runs: trial.runs.slice(first, first + LIMITS.seedsPerBlock),
      };
    }
  }
}
