/** How a stage's numbers are written: accuracies in percent and points, any other measure as plain numbers. */
import type { Measure } from '@seedbed/contracts';
import { formatAccuracy, formatInterval, formatPoints, NO_NUMBER } from './numbers.js';

export interface ScoreText {
  readonly mean: (value: number | null) => string;
  /** Differences, deviations, errors. */
  readonly difference: (value: number | null) => string;
  readonly interval: (interval: readonly [number, number] | null) => string;
  /** Follows a difference in a sentence. */
  readonly unit: string;
  readonly best: 'highest' | 'lowest';
}

const ACCURACY: ScoreText = {
  mean: formatAccuracy,
  difference: formatPoints,
  interval: formatInterval,
  unit: ' points',
  best: 'highest',
};

/** Beyond the fourth digit a mean over seeds says nothing. */
const MEAN_DIGITS = 4;
const DIFFERENCE_DIGITS = 2;

export function scoreText(measure: Measure | undefined): ScoreText {
  if (measure === undefined) return ACCURACY;
  const rounded = (digits: number) => (value: number | null) =>
    value === null ? NO_NUMBER : String(Number(value.toPrecision(digits)));
  const mean = rounded(MEAN_DIGITS);
  return {
    mean,
    difference: rounded(DIFFERENCE_DIGITS),
    interval: (interval) => (interval === null ? NO_NUMBER : `${mean(interval[0])} … ${mean(interval[1])}`),
    unit: '',
    best: measure.goal === 'maximise' ? 'highest' : 'lowest',
  };
}
