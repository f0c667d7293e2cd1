/** Apart from ./parts so that `--help` can list them without loading the planner. */
export const PART_NAMES = ['gradient-check', 'figures', 'coarse', 'fine', 'final'] as const;
export type PartName = (typeof PART_NAMES)[number];
