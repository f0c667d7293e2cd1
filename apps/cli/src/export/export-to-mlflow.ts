/**
 * A sweep on an MLflow server: one parent run for the sweep, below it one for each trial and seed. It can be done again
 * at any time: what is there is left alone, what is missing or half written is completed.
 */
import { InputError, type RunRow } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { openClient } from '../client/open-client.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatQuantity } from '../output/format.js';
import { MlflowClient, type MlflowRun } from './mlflow-client.js';
import {
  type MlflowRecord,
  PARENT_PLACE,
  PLACE_TAG,
  placeOf,
  runRecord,
  SWEEP_TAG,
  sweepRecord,
} from './mlflow-runs.js';

export interface MlflowTarget {
  readonly address: string;
  readonly experiment: string;
}

/** Requests on their way at once: enough to hide the network, too few to trouble a server. */
const AT_ONCE = 4;

export async function exportToMlflow(
  context: CliContext,
  sweepId: string,
  target: MlflowTarget,
  { json, selected }: { readonly json: boolean; readonly selected: readonly string[] },
): Promise<ExitCode> {
  refuseSelection(selected);
  const client = openClient(context);
  const mlflow = new MlflowClient(target.address, context.environment, context.signal);
  const [status, results, { answer }] = [
    await client.sweep(sweepId),
    await client.results(sweepId),
    await client.answer(sweepId),
  ];
  const writer = await RunWriter.open(mlflow, target.experiment, sweepId);
  const parent = sweepRecord(status, results, answer);
  const parentId = await writer.begin(PARENT_PLACE, parent);
  await inParallel(client.allRuns(sweepId, {}), async (row) => {
    const record = runRecord(sweepId, parentId, row);
    if (record !== null) await writer.write(placeOf(row), record);
  });
  await writer.complete(parentId, parent);
  const { written, found } = writer;
  const outcome = { experiment: target.experiment, experimentId: writer.experimentId, parentRunId: parentId };
  if (json) printJson(context.stdout, { ...outcome, written, found });
  else {
    const before = found === 0 ? '' : `, ${formatQuantity(found, 'run')} there before`;
    printLine(
      context.stdout,
      `experiment ${target.experiment} (${writer.experimentId}), run ${parentId}: ${formatQuantity(written, 'run')} written${before}`,
    );
  }
  return EXIT_CODES.ok;
}

/** MLflow gets the sweep as it is. */
function refuseSelection([given]: readonly string[]): void {
  if (given === undefined) return;
  const option = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new InputError([{ path: option, message: 'is not for MLflow, which gets all runs of the sweep' }]);
}

/** Writes runs that the server does not have whole. */
class RunWriter {
  written = 0;
  found = 0;

  private constructor(
    private readonly mlflow: MlflowClient,
    readonly experimentId: string,
    private readonly known: ReadonlyMap<string, MlflowRun>,
  ) {}

  static async open(mlflow: MlflowClient, experiment: string, sweepId: string): Promise<RunWriter> {
    const experimentId = await mlflow.experiment(experiment);
    const runs = await mlflow.runsWithTag(experimentId, SWEEP_TAG, sweepId);
    const places = runs.map((run): [string, MlflowRun] => [run.tags[PLACE_TAG] ?? '', run]);
    return new RunWriter(mlflow, experimentId, new Map(places));
  }

  /** The run of this place; a new one if there is none. */
  async begin(place: string, { name, startTime, tags }: MlflowRecord): Promise<string> {
    const { experimentId } = this;
    return (
      this.known.get(place)?.runId ?? (await this.mlflow.createRun({ experimentId, name, startTime, tags }))
    );
  }

  async complete(runId: string, record: MlflowRecord): Promise<void> {
    await this.mlflow.log(runId, record);
    if (record.status !== null) await this.mlflow.endRun(runId, record.status, record.endTime);
  }

  async write(place: string, record: MlflowRecord): Promise<void> {
    // A run that was begun and never ended is one whose export was interrupted.
    if ((this.known.get(place)?.status ?? 'RUNNING') !== 'RUNNING') {
      this.found += 1;
      return;
    }
    await this.complete(await this.begin(place, record), record);
    this.written += 1;
  }
}

/** Works on a few rows at a time; the first failure ends all. */
async function inParallel(rows: AsyncGenerator<RunRow>, work: (row: RunRow) => Promise<void>): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let next = await rows.next(); next.done !== true; next = await rows.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
