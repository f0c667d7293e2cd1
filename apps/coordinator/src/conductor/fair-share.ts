/** Which sweep's block goes into the one queue next: weighted fair sharing, decided here and not by the order of launch. */
import type { TrainerStatus } from '@seedbed/contracts';

/** Every sweep counts the same until a person can say otherwise. */
export const SWEEP_WEIGHT = 1;
/** What a trainer takes at once that does not say how wide its packs may be. */
const PACK_RUNS_DEFAULT = 50;
/** Packs' worth of blocks that wait for each child: one being claimed, and enough for the time until the next look. */
export const PACKS_WAITING_PER_CHILD = 4;
/** Even with no trainer known yet, enough waits for a first trainer to fill its packs at once. */
export const WAITING_BLOCKS_MIN = 40;

/**
 * How many blocks should be waiting for the trainers that are alive: a shallower queue leaves their packs half full.
 *
 * @param runsPerBlock of the smallest blocks that are to be handed out: a pack takes more of those
 */
export function waitingBlocksWanted(
  trainers: readonly Pick<TrainerStatus, 'children' | 'state' | 'packing'>[],
  runsPerBlock: number,
): number {
  const blocks = trainers
    .filter(({ state }) => state !== 'draining')
    .reduce((sum, { children, packing }) => {
      const blocksPerPack = Math.ceil((packing?.runsMax ?? PACK_RUNS_DEFAULT) / runsPerBlock);
      return sum + PACKS_WAITING_PER_CHILD * children * blocksPerPack;
    }, 0);
  return Math.max(WAITING_BLOCKS_MIN, blocks);
}

export interface Sharer {
  readonly sweepId: string;
  readonly weight: number;
  /** Blocks of the sweep that are in the queue, waiting or being trained. */
  readonly inQueue: number;
  /** Blocks of the sweep that could be added. */
  readonly pending: number;
}

/**
 * Hands out `room` places one by one, each to the sweep that has least in the queue for its weight; ties go to the sweep
 * named first (the oldest).
 *
 * @returns the sweep of each place in the order of the places, which is the order in which blocks should be added
 */
export function shareRoom(room: number, sharers: readonly Sharer[]): string[] {
  const places: string[] = [];
  const granted = new Map<Sharer, number>();
  while (places.length < room) {
    let chosen: Sharer | null = null;
    let chosenLoad = Infinity;
    for (const sharer of sharers) {
      const mine = granted.get(sharer) ?? 0;
      const load = (sharer.inQueue + mine) / sharer.weight;
      if (mine < sharer.pending && load < chosenLoad) [chosen, chosenLoad] = [sharer, load];
    }
    if (chosen === null) break;
    granted.set(chosen, (granted.get(chosen) ?? 0) + 1);
    places.push(chosen.sweepId);
  }
  return places;
}
