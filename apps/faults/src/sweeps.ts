/** The sweeps that are disturbed: two stages, the second derived from the first, so that there are decisions to lose. */
import type { SweepSpec } from '@seedbed/contracts';
import type { ProfileName } from './profiles.js';

/** `long` outlasts about ten faults, `short` is for one, `wide` for rates of work. */
export type SweepSize = 'long' | 'short' | 'wide';

const SIZES = {
  fast: {
    long: { coarse: 16, fine: [16, 24, 32, 40, 48, 56] },
    short: { coarse: 4, fine: [16, 24] },
    wide: { coarse: 80, fine: [16, 24, 32, 40, 48, 56] },
  },
  real: {
    long: { coarse: 12, fine: [40, 50, 60] },
    short: { coarse: 4, fine: [40, 50] },
    wide: { coarse: 40, fine: [40, 50, 60] },
  },
} as const;

/** @param variant other runs, so that no sweep finds the results of an earlier one in the same system */
export function sweepOf(profile: ProfileName, size: SweepSize, variant: number): SweepSpec {
  const { coarse, fine } = SIZES[profile][size];
  return {
    seedbed: 1,
    name: `faults-${size}-${variant}`,
    seeds: 5,
    data: {
      train: { first: 0, count: profile === 'real' ? 10_000 : 1_000 },
      validation: { first: 45_000, count: 1_000 },
      order: 'shuffled',
      dataSeed: variant + 1,
    },
    training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 100, cycles: 2 } },
    evaluation: { cadence: 'cycle' },
    stages: [
      { name: 'coarse', parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: coarse } } },
      {
        name: 'fine',
        parameters: { lambda: { from: 'coarse', choose: 'best' }, hidden: { values: [...fine] } },
      },
    ],
  };
}
