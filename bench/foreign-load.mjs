// How much of the machine others used while we measured: all processor time minus that of our own processes. A round that
// somebody else disturbed is thrown away and measured again.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux's unit of processor time in /proc, the same on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A measurement during which others had more than this of the machine does not count. */
const FOREIGN_SHARE_MAX = 0.04;
const TRIES_MAX = 8;
/** How often the own processes are counted: what one uses after the last count before its end is taken for somebody else's. */
const COUNT_MS = 2_000;
/** How long to look before the machine is called quiet, and how long to wait for that. */
const LOOK_MS = 2_000;
const PATIENCE_MS = 20 * 60_000;

/**
 * @typedef {object} Watch
 * @property {boolean} keepDisturbed count whatever is measured
 * @property {(text: string) => void} say
 */

/**
 * Measures again, once the machine is quiet, until nobody disturbed it.
 * @template T
 * @param {() => Promise<T>} measure
 * @param {Watch} watch
 * @returns {Promise<{value: T, foreign: number, discarded: number}>}
 * @throws {Error} when the machine is never quiet
 */
export async function undisturbed(measure, { keepDisturbed, say }) {
  for (let discarded = 0; discarded < TRIES_MAX; discarded += 1) {
    const { value, foreign } = await watched(measure);
    if (foreign <= FOREIGN_SHARE_MAX || keepDisturbed) return { value, foreign, discarded };
    say(`disturbed: others used ${(100 * foreign).toFixed(0)} % of the machine; once more when it is quiet`);
    await untilQuiet();
  }
  throw new Error('others use this machine: try again when it is quiet');
}

/**
 * Counts while it measures, because Ray's daemon lets the system collect its workers: their time is in nobody's account once
 * they have ended.
 * @template T
 * @param {() => Promise<T>} measure
 * @returns {Promise<{value: T, foreign: number}>}
 */
async function watched(measure) {
  const own = new OwnTime();
  const mark = markLoad(own);
  const counting = setInterval(() => own.count(), COUNT_MS);
  try {
    const value = await measure();
    return { value, foreign: foreignShareSince(mark, own) ?? 0 };
  } finally {
    clearInterval(counting);
  }
}

async function untilQuiet() {
  const giveUpAt = performance.now() + PATIENCE_MS;
  const own = new OwnTime();
  for (;;) {
    const mark = markLoad(own);
    await delay(LOOK_MS);
    if ((foreignShareSince(mark, own) ?? 0) <= FOREIGN_SHARE_MAX) return;
    if (performance.now() > giveUpAt) throw new Error('others use this machine: try again when it is quiet');
  }
}

/**
 * @typedef {{busyTicks: number, ownTicks: number, at: number, cores: number}} LoadMark
 */

/**
 * @param {OwnTime} own
 * @returns {LoadMark | null} null where the system does not say
 */
function markLoad(own) {
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
    return { busyTicks, ownTicks: own.count(), at: performance.now(), cores };
  } catch {
    return null;
  }
}

/**
 * @param {LoadMark | null} since
 * @param {OwnTime} own
 * @returns {number | null} share of all cores that others used, 0 to 1
 */
function foreignShareSince(since, own) {
  const now = markLoad(own);
  if (!since || !now) return null;
  const capacity = ((now.at - since.at) / 1000) * TICKS_PER_SECOND * now.cores;
  const foreign = now.busyTicks - since.busyTicks - (now.ownTicks - since.ownTicks);
  return Math.max(0, foreign / capacity);
}

/** Processor time of this process and everything it has started, also of what has ended since. */
class OwnTime {
  /** Ticks of each own process when it was last seen, by process and start. @type {Map<string, number>} */
  #seen = new Map();

  /** @returns {number} ticks, never less than before */
  count() {
    /** @type {Map<number, {parent: number, startedAt: number, ticks: number}>} */
    const processes = new Map();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const found = readProcess(Number(name));
      if (found) processes.set(Number(name), found);
    }
    for (const [id, { startedAt, ticks }] of processes) {
      if (isOwn(id, processes)) this.#seen.set(`${id}@${startedAt}`, ticks);
    }
    return [...this.#seen.values()].reduce((sum, ticks) => sum + ticks, 0);
  }
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
    // The second field is the program's name in parentheses and may hold blanks; these are fields 4, 14, 15 and 22.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0] = fields.slice(11, 13);
    return { parent: fields[1] ?? 0, startedAt: fields[19] ?? 0, ticks: user + system };
  } catch {
    return null;
  }
}
