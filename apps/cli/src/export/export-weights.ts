/**
 * `seedbed export SWEEP --weights DIR`: a network of the sweep as a layers model of TensorFlow.js. Nobody keeps weights, so it
 * is trained again here: by the digest of its result, it is the very network of the sweep.
 */
import { join, resolve } from 'node:path';
import {
  type Accuracy,
  accuracyRatio,
  InputError,
  resultDigestOf,
  type RunProvenance,
  type RunResult,
} from '@seedbed/contracts';
import { MODEL_WEIGHTS_FILE, type NetworkModel, trainLocally } from '@seedbed/trainer';
import { pino } from 'pino';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { openClient } from '../client/open-client.js';
import { fetchDataSet } from '../data-set.js';
import { FailedError } from '../errors.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { writeFileAtomically } from '../output/atomic-file.js';
import { formatParameters, formatPercent } from '../output/format.js';
import { appScript } from '../system/installation.js';
import { chooseNetwork, type NetworkChoice } from './chosen-run.js';

export interface WeightsExport extends NetworkChoice {
  readonly directory: string;
  readonly json: boolean;
}

/** Normalising raw pixels rounds otherwise than training did: one image in a thousand may fall on the other side. */
const RELOAD_DIFFERENCE_MAX = 0.001;

export async function exportWeights(
  context: CliContext,
  sweepId: string,
  options: WeightsExport,
): Promise<ExitCode> {
  const client = openClient(context);
  const chosen = chooseNetwork(await client.results(sweepId), options);
  const provenance = await client.provenance(sweepId, chosen.runId);
  if (provenance.settings.task !== 'train') {
    const message = `run ${chosen.runId.slice(0, 12)} is no network of images, and others cannot be exported yet`;
    throw new InputError([{ path: sweepId, message }]);
  }
  await fetchDataSet(context);
  const place = `${chosen.stage}, trial ${chosen.trial.index} (${formatParameters(chosen.trial.parameters)}), seed ${chosen.seed}`;
  printLine(context.stderr, `training ${place} again`);
  const trained = await trainAgain(context, provenance);
  const isSame = requireSame(provenance, trained);
  const directory = resolve(context.workingDirectory, options.directory);
  await writeFileAtomically(join(directory, MODEL_WEIGHTS_FILE), trained.model.weights);
  // Last: a directory with a model.json is whole.
  await writeFileAtomically(join(directory, 'run.json'), `${JSON.stringify(provenance, null, 2)}\n`);
  await writeFileAtomically(join(directory, 'model.json'), trained.model.json);
  const { reloaded } = trained.model;
  if (options.json) {
    const { stage, trial, seed, runId } = chosen;
    printJson(context.stdout, {
      ...{ directory, stage, trialIndex: trial.index, parameters: trial.parameters, seed, runId },
      ...{ bitEqual: isSame, reloaded, committed: trained.accuracy },
    });
  } else {
    printLine(context.stdout, `${place}: ${directory}/model.json`);
    printLine(
      context.stdout,
      isSame ? 'the network of the sweep, bit for bit' : otherClassLine(provenance, trained),
    );
    printLine(
      context.stdout,
      `loaded again, it gets ${inWords(reloaded)} of the validation images right; in training ${inWords(trained.accuracy)}`,
    );
  }
  return EXIT_CODES.ok;
}

interface TrainedAgain {
  readonly result: RunResult;
  readonly accuracy: Accuracy;
  readonly model: NetworkModel;
  readonly numericsClass: string;
}

async function trainAgain(context: CliContext, { settings }: RunProvenance): Promise<TrainedAgain> {
  const results: RunResult[] = [];
  const models: NetworkModel[] = [];
  const { numericsClass } = await trainLocally({
    runs: [settings],
    children: 1,
    childPath: appScript('trainer', 'child.js'),
    environment: context.environment,
    logger: pino({ enabled: false }),
    signal: context.signal,
    onResult: (_, result) => results.push(result),
    onModel: (_, model) => models.push(model),
  });
  const [result] = results;
  const [model] = models;
  if (result?.outcome !== 'trained' || model === undefined) {
    throw new FailedError(`the run did not train to its end here: ${result?.outcome ?? 'no result'}`);
  }
  const accuracy = result.validation;
  const difference = Math.abs(accuracyRatio(model.reloaded) - accuracyRatio(accuracy));
  if (difference > RELOAD_DIFFERENCE_MAX) {
    throw new FailedError(
      `the written model is not the trained one: loaded again it gets ${inWords(model.reloaded)} right, in training ${inWords(accuracy)}`,
    );
  }
  return { result, accuracy, model, numericsClass };
}

/** Whether the bits are the sweep's. @throws FailedError when they are not and must be */
function requireSame({ commit, runId }: RunProvenance, trained: TrainedAgain): boolean {
  const found = resultDigestOf(trained.result);
  if (commit === null || found === commit.digest) return commit !== null;
  if (commit.numericsClass !== trained.numericsClass) return false;
  throw new FailedError(
    `run ${runId.slice(0, 12)} gave other bits than the sweep's record, on the same numerics class ${commit.numericsClass}: ` +
      `digest ${found}, not ${commit.digest}; nothing was written`,
  );
}

function otherClassLine({ commit }: RunProvenance, { numericsClass }: TrainedAgain): string {
  return (
    `trained on numerics class ${numericsClass}; the sweep's is ${commit?.numericsClass ?? 'none'}, whose sums round otherwise: ` +
    'the same run, but not the same bits'
  );
}

function inWords({ correct, count }: Accuracy): string {
  return `${correct} of ${count} (${formatPercent(correct / count)})`;
}
