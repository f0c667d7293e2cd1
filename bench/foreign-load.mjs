// How much of the machine others used while we measured: all processor time minus that of our own processes. A round that
// somebody else disturbed is thrown away and measured again.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux's unit of processor time in /proc, the same on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * @typedef {{busyTicks: number, ownTicks: number, at: number, cores: number}} LoadMark
 */

/** @returns {LoadMark | null} null where the system does not say */
export function markLoad() {
  try {
    const lines = readFileSync('/proc/stat', 'utf8').split('\n');
    const [user = 0, nice = 0, system = 0, , , interrupt = 0, softInterrupt = 0, stolen = 0] = (
      lines[0] ?? ''
    )
      .trim()
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const cores = lines.filter((line) => /^cpu\d/.test(line)).length;
    const busyTicks = user + nice + system + interrupt + softInterrupt + stolen;
    return { busyTicks, ownTicks: ownTicks(), at: performance.now(), cores };
  } catch {
    return null;
  }
}

/**
 * @param {LoadMark | null} since
 * @returns {number | null} share of all cores that others used, 0 to 1
 */
export function foreignShareSince(since) {
  const now = markLoad();
  if (!since || !now) return null;
  const capacity = ((now.at - since.at) / 1000) * TICKS_PER_SECOND * now.cores;
  const foreign = now.busyTicks - since.busyTicks - (now.ownTicks - since.ownTicks);
  return Math.max(0, foreign / capacity);
}

/** Processor time of this process and everything it has started. */
function ownTicks() {
  /** @type {Map<number, {parent: number, ticks: number}>} */
  const processes = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = readProcess(Number(name));
    if (found) processes.set(Number(name), found);
  }
  let total = 0;
  for (const [id, { ticks }] of processes) if (isOwn(id, processes)) total += ticks;
  return total;
}

/**
 * @param {number} id
 * @param {Map<number, {parent: number}>} processes
 */
function isOwn(id, processes) {
  for (let current = id; current > 1; current = processes.get(current)?.parent ?? 0) {
    if (current === process.pid) return true;
  }
  return false;
}

/** @param {number} id */
function readProcess(id) {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold blanks; these are fields 4 and 14 to 17.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, ticks: user + system + endedUser + endedSystem };
  } catch {
    return null;
  }
}
