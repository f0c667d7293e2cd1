/** Rows of the listing of runs: stage by stage, trial by trial, seed by seed, so that a cursor is a plain count. */
import {
  type BlockJob,
  type Commit,
  type PlannedRun,
  type PlannedStage,
  type PlannedTrial,
  type RunId,
  type RunsQuery,
  type RunsResponse,
  type SweepId,
  jobIdOf,
} from '@seedbed/contracts';
import type { BlockQueue, SweepRecord, SweepStore } from '@seedbed/queue';
import { expandBlocks, stageNames } from '@seedbed/search';
import { classesInScope, readBlockStates } from '../conductor/record-access.js';

interface RunPlace {
  readonly stage: PlannedStage;
  readonly trial: PlannedTrial;
  readonly run: PlannedRun;
}

export async function readRunRows(
  record: SweepRecord,
  query: RunsQuery,
  { store, queue }: { readonly store: SweepStore; readonly queue: BlockQueue },
): Promise<RunsResponse> {
  const { sweepId, spec } = record;
  const classes = classesInScope(record);
  const order = stageNames(spec);
  const stages = (await store.readPlannedStages(sweepId)).toSorted(
    (a, b) => order.indexOf(a.stage) - order.indexOf(b.stage),
  );
  const { places, nextCursor } = pageOf(stages, query);
  const runIds = places.map(({ run }) => run.runId);
  const [commits, letters, progress, jobIds] = [
    classes === 'none' ? new Map<RunId, Commit>() : await store.readCommits(runIds, classes),
    await store.readDeadLetters(sweepId),
    await store.readProgress(sweepId),
    jobIdsOf(sweepId, places),
  ];
  const letterOf = new Map(letters.map((letter) => [letter.jobId, letter]));
  const states = await readBlockStates(queue, [...new Set(jobIds)]);
  const runs = places.map(({ stage, trial, run }, index): RunsResponse['runs'][number] => {
    const jobId = jobIds[index] ?? '';
    const commit = commits.get(run.runId) ?? null;
    const deadLetter = commit === null ? (letterOf.get(jobId) ?? null) : null;
    const isActive = states.get(jobId) === 'active';
    return {
      stage: stage.stage,
      trialIndex: trial.index,
      parameters: trial.parameters,
      seed: run.seed,
      runId: run.runId,
      state: commit !== null ? 'committed' : deadLetter !== null ? 'dead' : isActive ? 'training' : 'waiting',
      progress: commit === null && isActive ? (progress.get(run.runId) ?? null) : null,
      commit,
      deadLetter,
    };
  });
  return { runs, nextCursor };
}

/** The runs from `cursor` on that the query asks for. */
export function pageOf(
  stages: readonly PlannedStage[],
  { stage: stageName, trial: trialIndex, cursor, limit }: RunsQuery,
): { places: RunPlace[]; nextCursor: number | null } {
  const places: RunPlace[] = [];
  let position = 0;
  for (const stage of stages) {
    if (stageName !== undefined && stage.stage !== stageName) continue;
    for (const trial of stage.trials) {
      if (trialIndex !== undefined && trial.index !== trialIndex) continue;
      for (const run of trial.runs) {
        if (places.length === limit && position >= cursor) return { places, nextCursor: position };
        if (position >= cursor) places.push({ stage, trial, run });
        position += 1;
      }
    }
  }
  return { places, nextCursor: null };
}

/** The block of each run; blocks are cut trial by trial, so only these trials are cut. */
function jobIdsOf(sweepId: SweepId, places: readonly RunPlace[]): string[] {
  const jobIds = new Map<PlannedTrial, Map<number, string>>();
  return places.map(({ stage, trial, run }) => {
    let ofSeeds = jobIds.get(trial);
    if (ofSeeds === undefined) {
      const jobs: BlockJob[] = [...expandBlocks(sweepId, { ...stage, trials: [trial] })];
      ofSeeds = new Map(
        jobs.flatMap((job) => job.runs.map(({ seed }): [number, string] => [seed, jobIdOf(job)])),
      );
      jobIds.set(trial, ofSeeds);
    }
    return ofSeeds.get(run.seed) ?? '';
  });
}
