/** What a sampler that learns from results is told: the space, and what earlier trials gave. */

export type SpaceValue = number | string | boolean;
export type SpacePoint = Readonly<Record<string, SpaceValue>>;

/** The dimension exists only in points where another, earlier in the list, has one of these values. */
interface Condition {
  readonly dimension: string;
  readonly values: readonly SpaceValue[];
}

interface DimensionBase {
  readonly name: string;
  readonly when?: Condition;
}

/** Both ends are included; `min` is above 0 on scale log. */
export interface RangeDimension extends DimensionBase {
  readonly kind: 'range';
  readonly min: number;
  readonly max: number;
  readonly scale: 'linear' | 'log';
  readonly integer: boolean;
}

/** One of some values without an order. */
export interface ChoiceDimension extends DimensionBase {
  readonly kind: 'choice';
  readonly values: readonly SpaceValue[];
}

export type Dimension = RangeDimension | ChoiceDimension;

export interface Observation {
  readonly point: SpacePoint;
  /** Mean over the trial's seeds, the higher the better; null when the trial failed, which counts as the worst. */
  readonly mean: number | null;
}

/** Whether a dimension exists beside the values that a point has so far. */
export function isPresent({ when }: Dimension, point: SpacePoint): boolean {
  if (when === undefined) return true;
  const value = point[when.dimension];
  return value !== undefined && when.values.includes(value);
}
