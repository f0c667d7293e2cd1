/**
 * Ends a child that takes more memory than its packs can need, before the kernel ends whatever it finds: the supervisor, the
 * other children or the server beside them. Read from /proc; where there is none nothing is bounded.
 */
import { readFileSync } from 'node:fs';
import { childMemoryBytes } from './child-memory.js';

/** A runaway fills gigabytes a second at most; reading takes 20 µs. */
const CHECK_INTERVAL_MS = 500;
/** The estimate lies above every measurement; half as much again is no pack's doing. */
const LIMIT_FACTOR = 1.5;
/** Hidden units that a child has held when it measured widths, before its first pack. */
const MEASURED_HIDDEN_UNITS = 2_500;
/** Linux counts in pages, which are of this size on x64 and on nearly every arm64. */
const PAGE_BYTES = 4_096;

export interface MemoryAllowance {
  /** The child's share of the machine or of the cgroup. */
  readonly grantedBytes: number;
  /** What a person has set; null for the estimate. */
  readonly limitBytes: number | null;
}

/**
 * @param hiddenUnits of the widest pack that the child has had: the allocator keeps what it once had
 * @param isEstimated false on a backend for which nothing was measured
 */
export function memoryLimitBytes(
  { grantedBytes, limitBytes }: MemoryAllowance,
  hiddenUnits: number,
  isEstimated: boolean,
): number {
  if (limitBytes !== null) return limitBytes;
  if (!isEstimated) return grantedBytes;
  const estimate = childMemoryBytes(Math.max(hiddenUnits, MEASURED_HIDDEN_UNITS));
  return Math.min(grantedBytes, LIMIT_FACTOR * estimate);
}

export class MemoryWatch {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly processId: () => number | undefined,
    private readonly onExceeded: (residentBytes: number, limitBytes: number) => void,
    private readonly read: (processId: number) => number | null = residentBytes,
  ) {}

  start(limitBytes: number): void {
    this.stop();
    this.timer = setInterval(() => {
      const processId = this.processId();
      const bytes = processId === undefined ? null : this.read(processId);
      if (bytes === null || bytes <= limitBytes) return;
      this.stop();
      this.onExceeded(bytes, limitBytes);
    }, CHECK_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** Null where the system does not say, or the process is gone. */
export function residentBytes(processId: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${processId}/statm`, 'utf8').split(' ')[1]);
    return Number.isFinite(pages) ? pages * PAGE_BYTES : null;
  } catch {
    return null;
  }
}
