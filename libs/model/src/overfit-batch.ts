/** The overfit check: the engine itself trains on one batch, over and over, until it should know it by heart. */
import {
  ENGINE_VERSION,
  OVERFIT_POINTS_MAX,
  type OverfitSettings,
  type OverfittedResult,
  type RunResult,
  type TrainSettings,
} from '@seedbed/contracts';
import type { Backend } from './backend.js';
import { PreparedData, type TrainingData } from './prepared-data.js';
import { trainPack } from './train-pack.js';

/** @param data whose training and validation rows both are the batch */
export async function overfitOneBatch(
  backend: Backend,
  data: TrainingData,
  settings: OverfitSettings,
): Promise<OverfittedResult> {
  const prepared = new PreparedData(backend.kernels, data, settings.samples);
  const found: RunResult[] = [];
  try {
    await trainPack({
      data: prepared,
      members: [trainSettings(settings)],
      loadTest: () => Promise.reject(new TypeError('an overfit check has no test set')),
      onResult: (_, result) => found.push(result),
    });
  } finally {
    prepared.dispose();
  }
  const [result] = found;
  if (result === undefined || !('curve' in result)) throw new TypeError('training ends with a curve');
  const losses = result.curve.map(({ step, validation }) => ({ step, loss: validation.loss }));
  if (result.outcome === 'diverged') losses.push({ step: result.step, loss: null });
  const last = losses.at(-1)?.loss ?? null;
  return {
    outcome: 'overfitted',
    losses: thinned(losses, OVERFIT_POINTS_MAX),
    lossMax: settings.lossMax,
    accuracy: result.outcome === 'trained' ? result.validation : null,
    passed: result.outcome === 'trained' && last !== null && last <= settings.lossMax,
  };
}

/** An epoch is one step, so that every step is evaluated and a divergence noticed. */
function trainSettings({ data, model, samples, learningRate, steps, seed }: OverfitSettings): TrainSettings {
  return {
    ...{ task: 'train', engine: ENGINE_VERSION, data, model, seed },
    training: {
      lambda: 0,
      batchSize: samples,
      schedule: { kind: 'constant', learningRate, steps },
    },
    evaluation: { cadence: 'epoch', train: false, test: false },
  };
}

/** First and last, and evenly between them. */
function thinned<T>(points: readonly T[], countMax: number): T[] {
  if (points.length <= countMax) return [...points];
  const last = points.length - 1;
  return Array.from({ length: countMax }, (_, at) => points[Math.round((at * last) / (countMax - 1))]!);
}
