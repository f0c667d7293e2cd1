/** Cuts a planned stage into the blocks that jobs carry: one trial × at most LIMITS.seedsPerBlock seeds. */
import {
  type BlockJob,
  LIMITS,
  packKeyOf,
  type PlannedStage,
  runsByRound,
  SCHEMA_VERSION,
  type SweepId,
} from '@seedbed/contracts';

/**
 * Blocks in plan order, made one at a time so that a large stage can be fed to the queue in chunks. A trial's runs fill its
 * blocks in order, round by round: the runs of a later round begin a new block, also where the last one is not full, so
 * that a block keeps its runs for good.
 */
export function* expandBlocks(sweepId: SweepId, stage: PlannedStage): Generator<BlockJob, void, undefined> {
  for (const trial of stage.trials) {
    const packKey = packKeyOf(trial.settings);
    let blockIndex = 0;
    for (const { runs } of runsByRound(trial)) {
      for (let first = 0; first < runs.length; first += LIMITS.seedsPerBlock) {
        yield {
          schemaVersion: SCHEMA_VERSION,
          sweepId,
          stage: stage.stage,
          trialIndex: trial.index,
          blockIndex,
          packKey,
          settings: trial.settings,
          runs: runs.slice(first, first + LIMITS.seedsPerBlock),
        };
        blockIndex += 1;
      }
    }
  }
}
