/** What queue and store promise, in plain objects: the oracle of the model-based test. It knows no order and no time. */
import { type CommitOutcome, LIMITS } from '@seedbed/contracts';
import type { BlockState, ClaimedBlock } from '../interfaces.js';

export interface ModelBlock {
  state: BlockState;
  /** Token of its lock: only who claimed it last may end it. */
  heldAs: string | null;
  starts: number;
  counts: Record<string, number>;
  company: number;
  suspect: boolean;
  isOpen: boolean;
  isDead: boolean;
}

/** Somebody who has claimed a block, and may not know that it is somebody else's by now. */
export interface Holder {
  readonly block: number;
  /** What the real queue gave it. */
  readonly claimed: ClaimedBlock;
}

export class RecordsModel {
  readonly blocks: ModelBlock[];
  holders: Holder[] = [];
  /** Run (by number) → result (by number) that was committed first. */
  readonly commits = new Map<number, number>();
  readonly counters: Record<CommitOutcome, number> = {
    committed: 0,
    duplicate: 0,
    divergent: 0,
    'wrong-class': 0,
    'unknown-sweep': 0,
  };

  constructor(count: number) {
    this.blocks = Array.from({ length: count }, () => ({
      state: 'absent' as const,
      heldAs: null,
      isDead: false,
      ...freshLedger(),
    }));
  }

  waiting(): number[] {
    return this.indices((block) => block.state === 'waiting');
  }

  add(index: number): void {
    const block = this.at(index);
    if (block.state === 'absent') block.state = 'waiting';
  }

  /** The block that the real queue chose must be one that waits and is not dead. */
  claimed(index: number, token: string): { readonly attempt: number; readonly suspect: boolean } {
    const block = this.at(index);
    if (block.isOpen) block.counts['infrastructure'] = (block.counts['infrastructure'] ?? 0) + 1;
    block.state = 'active';
    block.starts += 1;
    block.isOpen = true;
    block.heldAs = token;
    return { attempt: block.starts, suspect: block.suspect };
  }

  /** Waiting blocks that are dead letters leave the queue when they are met. */
  isClaimable(index: number): boolean {
    return this.at(index).state === 'waiting' && !this.at(index).isDead;
  }

  isHeld({ block, claimed }: Holder): boolean {
    return this.at(block).state === 'active' && this.at(block).heldAs === claimed.token;
  }

  complete(holder: Holder): 'completed' | 'lost' {
    if (!this.isHeld(holder)) return 'lost';
    Object.assign(this.at(holder.block), { state: 'completed', heldAs: null, isOpen: false, suspect: false });
    return 'completed';
  }

  handBack(holder: Holder): 'handed-back' | 'lost' {
    if (!this.isHeld(holder)) return 'lost';
    const block = this.at(holder.block);
    Object.assign(block, { state: 'waiting', heldAs: null, isOpen: false });
    block.counts['handed-back'] = (block.counts['handed-back'] ?? 0) + 1;
    return 'handed-back';
  }

  fail(holder: Holder, cause: string, guilty: boolean): 'waiting' | 'dead' | 'lost' {
    if (!this.isHeld(holder)) return 'lost';
    const block = this.at(holder.block);
    const byTheBlock = cause === 'error' || cause === 'poison';
    if (byTheBlock) block.suspect = true;
    if (byTheBlock && !guilty) block.company += 1;
    else block.counts[cause] = (block.counts[cause] ?? 0) + 1;
    Object.assign(block, { heldAs: null, isOpen: false });
    if (cause === 'cancelled') {
      block.state = 'absent';
      return 'dead';
    }
    const errors = (block.counts['error'] ?? 0) + (block.counts['poison'] ?? 0);
    if (errors >= LIMITS.errorsPerBlockMax) block.isDead = true;
    block.state = block.isDead ? 'failed' : 'waiting';
    return block.isDead ? 'dead' : 'waiting';
  }

  /** Every holder stops renewing, and the stalled check looks twice. */
  loseAll(): void {
    for (const block of this.blocks) {
      if (block.state === 'active') Object.assign(block, { state: 'waiting', heldAs: null });
    }
  }

  remove(index: number): void {
    if (this.at(index).state === 'waiting') this.at(index).state = 'absent';
  }

  forget(index: number): void {
    const block = this.at(index);
    if (block.state === 'completed') Object.assign(block, freshLedger());
    if (block.state === 'completed' || block.state === 'failed') block.state = 'absent';
  }

  clearDeadLetters(): void {
    for (const block of this.blocks) {
      if (!block.isDead) continue;
      Object.assign(block, { isDead: false, ...freshLedger() });
      if (block.state === 'failed') block.state = 'absent';
    }
  }

  commit(run: number, result: number): CommitOutcome {
    const standing = this.commits.get(run);
    if (standing === undefined) this.commits.set(run, result);
    const outcome = standing === undefined ? 'committed' : standing === result ? 'duplicate' : 'divergent';
    this.counters[outcome] += 1;
    return outcome;
  }

  private at(index: number): ModelBlock {
    const block = this.blocks[index];
    if (block === undefined) throw new RangeError(`there is no block ${index}`);
    return block;
  }

  private indices(which: (block: ModelBlock) => boolean): number[] {
    return this.blocks.flatMap((block, index) => (which(block) ? [index] : []));
  }
}

function freshLedger(): Pick<ModelBlock, 'starts' | 'counts' | 'company' | 'suspect' | 'isOpen'> {
  return { starts: 0, counts: {}, company: 0, suspect: false, isOpen: false };
}
