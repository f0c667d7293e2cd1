/** What each searchable parameter may be and which setting it sets. */
import {
  type LearningRateSchedule,
  LIMITS,
  type ParameterName,
  type ParameterValues,
} from '@seedbed/contracts';
import { type StageSettings } from './stage-settings.js';

export interface ParameterDomain {
  readonly integer: boolean;
  /** Smallest value allowed; the value itself is excluded when `minExclusive`. */
  readonly min: number;
  readonly minExclusive: boolean;
  readonly max: number;
  /** The largest value itself is excluded. */
  readonly maxExclusive?: boolean;
  /** The kind of schedule that has this setting; null for settings outside the schedule. */
  readonly schedule: LearningRateSchedule['kind'] | null;
}

const positive = { integer: false, min: 0, minExclusive: true, max: Number.MAX_VALUE };
const count = { integer: true, min: 1, minExclusive: false };
const below1 = { integer: false, min: 0, minExclusive: false, max: 1, maxExclusive: true, schedule: null };

export const PARAMETER_DOMAINS: Readonly<Record<ParameterName, ParameterDomain>> = {
  lambda: { integer: false, min: 0, minExclusive: false, max: Number.MAX_VALUE, schedule: null },
  hidden: { ...count, max: LIMITS.hiddenUnitsMax, schedule: null },
  batchSize: { ...count, max: LIMITS.batchSizeMax, schedule: null },
  learningRate: { ...positive, schedule: 'constant' },
  etaMin: { ...positive, schedule: 'cyclical' },
  etaMax: { ...positive, schedule: 'cyclical' },
  stepSize: { ...count, max: LIMITS.stepsMax, schedule: 'cyclical' },
  cycles: { ...count, max: LIMITS.stepsMax, schedule: 'cyclical' },
  steps: { ...count, max: LIMITS.stepsMax, schedule: 'constant' },
  depth: { integer: true, min: 0, minExclusive: false, max: LIMITS.hiddenLayersMax, schedule: null },
  weightDecay: { integer: false, min: 0, minExclusive: false, max: Number.MAX_VALUE, schedule: null },
  momentum: below1,
  beta1: below1,
  beta2: below1,
  dropout: below1,
};

/** Why a value is outside a parameter's domain, or null. */
export function domainProblem(name: ParameterName, value: number): string | null {
  const { integer, min, minExclusive, max, maxExclusive = false } = PARAMETER_DOMAINS[name];
  const right = `${name} is ${integer ? 'a whole number' : 'a number'} ${minExclusive ? 'above' : 'of at least'} ${min}`;
  if (!Number.isFinite(value) || value < min || (minExclusive && value === min))
    return `found ${value}; ${right}`;
  if (integer && !Number.isInteger(value)) return `found ${value}; ${right}`;
  if (maxExclusive && value >= max) return `found ${value}; ${name} is below ${max}`;
  if (value > max) return `found ${value}; ${name} is at most ${max}`;
  return null;
}

/** The settings with a trial's values in their places. Values must fit the schedule's kind (checked when parsing). */
export function withParameters(settings: StageSettings, values: ParameterValues): StageSettings {
  const { hidden, lambda, batchSize, ...ofSchedule } = values;
  return {
    ...settings,
    model: { ...settings.model, ...(hidden === undefined ? {} : { hidden }) },
    training: {
      lambda: lambda ?? settings.training.lambda,
      batchSize: batchSize ?? settings.training.batchSize,
      schedule: { ...settings.training.schedule, ...ofSchedule },
    },
  };
}
