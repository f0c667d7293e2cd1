import { defaultChildren } from '@seedbed/trainer';

/** How many trainers of so many children this machine's cores and memory are enough for; at least one. */
export const fittingTrainers = (children: number): number =>
  Math.max(1, Math.floor(defaultChildren() / children));
