// What a process has used, from /proc.
import { readFileSync } from 'node:fs';

/** Clock ticks a second of /proc/<pid>/stat: fixed at 100 for programs on Linux, whatever the kernel's own rate. */
const TICKS_PER_SECOND = 100;

/**
 * @param {number} processId
 * @returns {{processorSeconds: number, peakBytes: number}} user and system time; the largest resident size so far
 */
export function usageOf(processId) {
  // Fields 14 and 15; the name (field 2) may hold spaces and ends with the last parenthesis.
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const peak = Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? NaN);
  return { processorSeconds: ticks / TICKS_PER_SECOND, peakBytes: 1024 * peak };
}
