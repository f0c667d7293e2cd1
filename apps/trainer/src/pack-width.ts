/** How wide packs may be: as narrow as goes without losing speed here, and never wider than the memory. Pure. */
import type { Packing } from '@seedbed/contracts';
import type { WidthTime } from '@seedbed/model';
import { childMemoryBytes, hiddenUnitsWithin } from './child-memory.js';
import type { PackLimits } from './pack.js';

export interface WidthGrounds {
  /** What each child measured; empty where one could not. */
  readonly measured: readonly (readonly WidthTime[])[];
  /** Memory that one child may use. */
  readonly grantedBytes: number;
  /** Networks a person asked for; null leaves it to the measurement. */
  readonly packRunsMax: number | null;
}

/** 50 networks of 50 units: full speed wherever it was measured. */
const HIDDEN_UNITS_DEFAULT = 2_500;
/** A wider pack that gains less than this only lengthens what a kill costs. */
const GAIN_WORTH_WIDTH = 0.02;
/** Small networks need many to fill the products, but each also costs work of its own on the host. */
const RUNS_MAX = 250;
/** Of a pack whose width a person chose: beyond, one child holds more than a gigabyte of weights. */
const HIDDEN_UNITS_MAX = 10_000;

export function choosePacking(grounds: WidthGrounds): Omit<Packing, 'peakBytes'> {
  const { grantedBytes, packRunsMax } = grounds;
  const wanted = packRunsMax === null ? byMeasurement(grounds.measured) : byHand(packRunsMax);
  const fitting = hiddenUnitsWithin(grantedBytes);
  const isBound = fitting < wanted.hiddenUnitsMax;
  const hiddenUnitsMax = Math.min(wanted.hiddenUnitsMax, fitting);
  const memory = `; memory allows ${fitting} hidden units`;
  return {
    runsMax: wanted.runsMax,
    hiddenUnitsMax,
    reason: isBound ? wanted.reason + memory : wanted.reason,
    grantedBytes,
    estimatedBytes: childMemoryBytes(hiddenUnitsMax),
  };
}

type Wanted = PackLimits & { readonly reason: string };

function byHand(runsMax: number): Wanted {
  return { runsMax, hiddenUnitsMax: HIDDEN_UNITS_MAX, reason: 'SEEDBED_PACK_RUNS_MAX' };
}

function byMeasurement(measured: WidthGrounds['measured']): Wanted {
  const times = bestOf(measured);
  const fastest = Math.min(...times.map(({ stepMs }) => stepMs));
  const chosen = times.find(({ stepMs }) => stepMs <= fastest * (1 + GAIN_WORTH_WIDTH));
  if (chosen === undefined) {
    return {
      runsMax: RUNS_MAX,
      hiddenUnitsMax: HIDDEN_UNITS_DEFAULT,
      reason: 'the default: nothing measured',
    };
  }
  const loss = (100 * (chosen.stepMs / fastest - 1)).toFixed(1);
  const reason =
    `measured: ${chosen.stepMs.toFixed(3)} ms a step of one network of 50 units, ` +
    `${loss} % above the fastest of ${times.length} widths`;
  return { runsMax: RUNS_MAX, hiddenUnitsMax: chosen.hiddenUnits, reason };
}

/** Children of one trainer are alike: the best that any of them reached is what a width can do. By rising width. */
function bestOf(measured: WidthGrounds['measured']): WidthTime[] {
  const best = new Map<number, number>();
  for (const { hiddenUnits, stepMs } of measured.flat()) {
    best.set(hiddenUnits, Math.min(stepMs, best.get(hiddenUnits) ?? Infinity));
  }
  return [...best]
    .map(([hiddenUnits, stepMs]) => ({ hiddenUnits, stepMs }))
    .sort((a, b) => a.hiddenUnits - b.hiddenUnits);
}
