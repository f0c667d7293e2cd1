import { assertNever, type EvaluationSettings, trainedSteps, type TrainSettings } from '@seedbed/contracts';

/** After how many updates a run is evaluated, rising; the last is always the end. */
export function evaluationPoints(
  evaluation: EvaluationSettings,
  training: Pick<TrainSettings['training'], 'schedule' | 'until'>,
  batchesPerEpoch: number,
): readonly number[] {
  const { schedule } = training;
  const steps = trainedSteps(training);
  switch (evaluation.cadence) {
    case 'end':
      return [steps];
    case 'cycle':
      return schedule.kind === 'cyclical' ? every(2 * schedule.stepSize, steps) : [steps];
    case 'epoch':
      // The untrained network is the curve's first point.
      return [0, ...every(batchesPerEpoch, steps)];
    default:
      return assertNever(evaluation.cadence, 'cadence');
  }
}

function every(interval: number, steps: number): number[] {
  const points: number[] = [];
  for (let step = interval; step < steps; step += interval) points.push(step);
  return [...points, steps];
}
