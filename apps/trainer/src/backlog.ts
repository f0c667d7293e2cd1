/**
 * Blocks that were claimed for a pack but did not fit into it, and the rest of one that was cut. They are trained next,
 * before anything else is claimed, by whichever child is free first; only a stop hands them back.
 */
import { EventEmitter, once } from 'node:events';
import type { BlockPart } from './block-part.js';
import type { HeldBlock } from './held-block.js';
import { type PackLimits, fitsInto } from './pack.js';

export class Backlog {
  private parts: BlockPart[] = [];
  private readonly events = new EventEmitter();

  /** Blocks that still want training: one may have been cancelled or lost while it waited. */
  get count(): number {
    this.parts = this.parts.filter((part) => part.isOpen);
    return this.parts.length;
  }

  put(...parts: BlockPart[]): void {
    this.parts.push(...parts);
    this.events.emit('put');
  }

  /** Resolves at the next `put`, or when the signal aborts. */
  async filled(signal: AbortSignal): Promise<void> {
    await once(this.events, 'put', { signal }).catch(() => undefined);
  }

  take(): BlockPart | null {
    return this.count === 0 ? null : this.parts.shift()!;
  }

  /** All blocks that no child has a part of. */
  takeWholeBlocks(): HeldBlock[] {
    const whole = this.parts.filter((part) => part.isWhole);
    this.parts = this.parts.filter((part) => !part.isWhole);
    return whole.filter((part) => part.isOpen).map(({ block }) => block);
  }

  /** Takes those that fit, oldest first. */
  takeFitting(pack: BlockPart[], limits: PackLimits): void {
    for (const part of [...this.parts]) {
      if (!part.isOpen || !fitsInto(pack, part, limits)) continue;
      pack.push(part);
      this.parts.splice(this.parts.indexOf(part), 1);
    }
  }
}
