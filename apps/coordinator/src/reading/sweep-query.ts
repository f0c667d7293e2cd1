/** A query's rows, read from a sweep's records. */
import {
  type QuerySource,
  RUNS,
  runFactsOf,
  runQuery,
  runRows,
  selectAll,
  trialRows,
  TRIALS,
} from '@seedbed/aggregation';
import type { QueryParameters, QueryResponse, QuerySelection, SweepSpec } from '@seedbed/contracts';
import type { SweepRecord, SweepStore } from '@seedbed/queue';
import { readCommitsAs } from '../conductor/record-access.js';
import { deadReasons, inOrder, readFacts, runIdsOf } from './sweep-facts.js';
import { stageSummaries } from './sweep-results.js';

/** @throws InputError when the query names what is not there */
export async function querySweep(
  store: SweepStore,
  record: SweepRecord,
  query: QueryParameters,
): Promise<QueryResponse> {
  return query.of === 'trials'
    ? runQuery(await trialSource(store, record), query)
    : runQuery(await runSource(store, record), query);
}

/** Every row that is selected. @throws InputError as `querySweep` */
export async function exportSweep(
  store: SweepStore,
  record: SweepRecord,
  selection: QuerySelection,
): Promise<ReturnType<typeof selectAll>> {
  return selection.of === 'trials'
    ? selectAll(await trialSource(store, record), selection)
    : selectAll(await runSource(store, record), selection);
}

type TrialSource = QuerySource<ReturnType<typeof trialRows>[number]>;
type RunSource = QuerySource<ReturnType<typeof runRows>[number]>;

async function trialSource(store: SweepStore, record: SweepRecord): Promise<TrialSource> {
  const facts = await readFacts(store, record);
  const summaries = new Map(stageSummaries(facts).map((summary) => [summary.stage, summary]));
  const stages = facts.stages.flatMap((plan) => {
    const summary = summaries.get(plan.stage);
    return summary === undefined ? [] : [{ plan, summary }];
  });
  return { rows: trialRows(stages), subject: TRIALS, parameters: parametersOf(record.spec) };
}

async function runSource(store: SweepStore, record: SweepRecord): Promise<RunSource> {
  const [planned, deadLetters] = await Promise.all([
    store.readPlannedStages(record.sweepId),
    store.readDeadLetters(record.sweepId),
  ]);
  const stages = inOrder(planned, record);
  const commits = await readCommitsAs(store, { runIds: runIdsOf(stages), scope: record, keep: runFactsOf });
  const rows = runRows(stages, commits, deadReasons({ deadLetters, commits }));
  return { rows, subject: RUNS, parameters: parametersOf(record.spec) };
}

/** Names of the parameters of every stage, also of those that are not planned yet. */
function parametersOf({ parameters, stages }: SweepSpec): string[] {
  const declared = [parameters, ...(stages ?? []).map((stage) => stage.parameters)];
  return [...new Set(declared.flatMap((each) => Object.keys(each ?? {})))];
}
