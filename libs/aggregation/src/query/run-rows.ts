/** Runs as rows: what each found, and where, when and by which programs it was trained. */
import {
  accuracyRatio,
  type FieldKind,
  type FieldValue,
  type PlannedRun,
  type PlannedStage,
  type PlannedTrial,
  type Provenance,
  type RunId,
} from '@seedbed/contracts';
import { type Field, PARAMETERS, type Subject } from './field.js';
import type { RunFacts } from './run-facts.js';

export interface RunRow {
  readonly stage: Pick<PlannedStage, 'stage' | 'kind'>;
  readonly trial: PlannedTrial;
  readonly run: PlannedRun;
  /** Null while it has no commit. */
  readonly facts: RunFacts | null;
  /** Why it was given up, if it was. */
  readonly deadReason: string | null;
  readonly place: readonly [stage: number, trial: number, run: number];
}

/** @param stages planned stages in the order of the sweep file */
export function runRows(
  stages: readonly PlannedStage[],
  facts: ReadonlyMap<RunId, RunFacts>,
  deadReasons: ReadonlyMap<RunId, string>,
): RunRow[] {
  return stages.flatMap((stage, stagePlace) =>
    stage.trials.flatMap((trial) =>
      trial.runs.map((run, runPlace) => ({
        stage,
        trial,
        run,
        facts: facts.get(run.runId) ?? null,
        deadReason: deadReasons.get(run.runId) ?? null,
        place: [stagePlace, trial.index, runPlace] as const,
      })),
    ),
  );
}

const field = (name: string, kind: FieldKind, read: (row: RunRow) => FieldValue): Field<RunRow> => ({
  name,
  kind,
  read,
});

/** A field of the provenance, for which only committed runs have a value. */
const origin = (
  name: string,
  kind: FieldKind,
  read: (provenance: Provenance) => FieldValue | undefined,
): Field<RunRow> =>
  field(name, kind, ({ facts }) => (facts === null ? null : (read(facts.provenance) ?? null)));

/** `trained`, `diverged` … of a commit; `given-up` and `missing` of a run without. */
function outcomeOf({ facts, deadReason }: RunRow): string {
  if (facts !== null) return facts.result.outcome;
  return deadReason === null ? 'missing' : 'given-up';
}

/** What the run is judged by: its accuracy, or the number of another measure. */
function valueOf({ facts }: RunRow): number | null {
  const result = facts?.result;
  if (result?.outcome === 'scored') return result.value;
  return result?.outcome === 'trained' ? accuracyRatio(result.validation) : null;
}

function testValueOf({ facts }: RunRow): number | null {
  const result = facts?.result;
  if (result?.outcome === 'scored') return result.test ?? null;
  return result?.outcome === 'trained' && result.test !== undefined ? accuracyRatio(result.test) : null;
}

function trainedOf({ facts }: RunRow) {
  return facts?.result.outcome === 'trained' ? facts.result : null;
}

function reasonOf({ facts, deadReason }: RunRow): string | null {
  if (facts === null) return deadReason;
  return 'reason' in facts.result ? facts.result.reason : null;
}

const FIELDS: readonly Field<RunRow>[] = [
  field('stage', 'text', ({ stage }) => stage.stage),
  field('kind', 'text', ({ stage }) => stage.kind),
  field('trial', 'number', ({ trial }) => trial.index),
  field('seed', 'number', ({ run }) => run.seed),
  field('runId', 'text', ({ run }) => run.runId),
  field('outcome', 'text', outcomeOf),
  field('value', 'number', valueOf),
  field('testValue', 'number', testValueOf),
  field('accuracy', 'number', (row) => {
    const trained = trainedOf(row);
    return trained === null ? null : accuracyRatio(trained.validation);
  }),
  field('correct', 'number', (row) => trainedOf(row)?.validation.correct ?? null),
  field('images', 'number', (row) => trainedOf(row)?.validation.count ?? null),
  field('loss', 'number', ({ facts }) => facts?.last?.validation.loss ?? null),
  field('cost', 'number', ({ facts }) => facts?.last?.validation.cost ?? null),
  field('step', 'number', ({ facts }) => facts?.last?.step ?? null),
  field('reason', 'text', reasonOf),
  field('digest', 'text', ({ facts }) => facts?.digest ?? null),
  field('weightsDigest', 'text', (row) => trainedOf(row)?.weightsDigest ?? null),
  field('numericsClass', 'text', ({ facts }) => facts?.numericsClass ?? null),
  origin('trainer', 'text', ({ trainerId }) => trainerId),
  origin('attempt', 'number', ({ attempt }) => attempt),
  origin('packWidth', 'number', ({ packWidth }) => packWidth),
  origin('backend', 'text', ({ backend }) => backend),
  origin('tensorflow', 'text', ({ tensorflow }) => tensorflow),
  origin('node', 'text', ({ node }) => node),
  origin('seedbed', 'text', ({ seedbed }) => seedbed),
  origin('startedAt', 'text', ({ startedAt }) => startedAt),
  origin('finishedAt', 'text', ({ finishedAt }) => finishedAt),
  origin('trainingMs', 'number', ({ time }) => time?.trainingMs),
  origin('evaluationMs', 'number', ({ time }) => time?.evaluationMs),
];

export const RUNS: Subject<RunRow> = {
  fields: FIELDS,
  main: 'value',
  shown: ['stage', 'trial', PARAMETERS, 'seed', 'outcome', 'value', 'testValue', 'trainer', 'runId'],
  parametersOf: ({ trial }) => trial.parameters,
  settingsOf: ({ trial }) => trial.settings,
  placeOf: ({ place }) => place,
};
