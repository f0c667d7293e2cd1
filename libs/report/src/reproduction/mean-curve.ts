/** Curves of runs as the report plots them, and their mean over the seeds. */
import { type CurvePoint, accuracyRatio } from '@seedbed/contracts';
import type { CurveReportPoint } from './model.js';

export function curveReportPoints(curve: readonly CurvePoint[]): CurveReportPoint[] {
  return curve.map(({ step, train, validation }) => ({
    step,
    trainLoss: train?.loss ?? null,
    trainAccuracy: train === undefined ? null : accuracyRatio(train.accuracy),
    validationLoss: validation.loss,
    validationAccuracy: accuracyRatio(validation.accuracy),
  }));
}

/**
 * Point-wise mean by step. A step that some run lacks (it diverged earlier) is left out: a mean over other seeds than
 * its neighbours' would show a jump that no network made.
 */
export function meanCurve(curves: readonly (readonly CurveReportPoint[])[]): CurveReportPoint[] {
  const [first, ...others] = curves;
  if (first === undefined) return [];
  const othersByStep = others.map((curve) => new Map(curve.map((point) => [point.step, point])));
  return first.flatMap((point) => {
    const matching = othersByStep.map((byStep) => byStep.get(point.step));
    const present = matching.filter((match) => match !== undefined);
    return present.length < matching.length ? [] : [meanPoint([point, ...present])];
  });
}

function meanPoint(points: readonly CurveReportPoint[]): CurveReportPoint {
  const over = (key: keyof CurveReportPoint) => meanOrNull(points.map((point) => point[key]));
  return {
    step: points[0]?.step ?? 0,
    trainLoss: over('trainLoss'),
    trainAccuracy: over('trainAccuracy'),
    validationLoss: over('validationLoss'),
    validationAccuracy: over('validationAccuracy'),
  };
}

/** Null as soon as one value is: a mean that silently drops a seed is not the mean over the seeds. */
function meanOrNull(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0 || numbers.length < values.length) return null;
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
