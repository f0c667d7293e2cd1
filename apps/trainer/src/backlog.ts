/**
 * Blocks that were claimed for a pack but did not fit into it. They are trained next, before anything else is claimed,
 * by whichever child is free first; only a stop hands them back.
 */
import { type PackLimits, fitsInto } from './pack.js';
import type { HeldBlock } from './held-block.js';

export class Backlog {
  private blocks: HeldBlock[] = [];

  /** Blocks that still want training: one may have been cancelled or lost while it waited. */
  get count(): number {
    this.blocks = this.blocks.filter((block) => block.isOpen);
    return this.blocks.length;
  }

  put(...blocks: HeldBlock[]): void {
    this.blocks.push(...blocks);
  }

  take(): HeldBlock | null {
    return this.count === 0 ? null : this.blocks.shift()!;
  }

  /** Takes those that fit, oldest first. */
  takeFitting(pack: HeldBlock[], limits: PackLimits): void {
    for (const block of [...this.blocks]) {
      if (!block.isOpen || !fitsInto(pack, block, limits)) continue;
      pack.push(block);
      this.blocks.splice(this.blocks.indexOf(block), 1);
    }
  }
}
