// Rounds: every contender once, in an order that turns with each round, all others idle. What is compared is compared within
// a round, so that a slow minute of the machine is slow for all.
import { foreignShareSince, markLoad } from './foreign-load.mjs';
import { sum } from './statistics.mjs';

/**
 * @typedef {object} Measured what one contender did in one round
 * @property {number} [networkStepsPerSecond]
 * @property {Record<string, number>} [flopPerSecond] by shape; of the peak
 * @property {number} [evaluationSeconds] of one network, on all cores together
 * @property {number} [evaluationsPerStep] of each network
 *
 * @typedef {Record<string, Measured>} Round
 * @typedef {{rounds: Round[], discarded: number, foreign: number[]}} RoundsResult
 */

/** A round in which others had more than this of the machine is measured again. */
const FOREIGN_SHARE_MAX = 0.04;
/** A machine that is never quiet would keep us for ever: so many times the rounds wanted. */
const TRIES_PER_ROUND_MAX = 4;

/**
 * @param {readonly {name: string, measure: () => Promise<Measured>}[]} measurements
 * @param {object} options
 * @param {number} options.rounds that count; one more before them warms up
 * @param {boolean} [options.keepDisturbed] count every round
 * @param {(text: string) => void} options.say
 * @returns {Promise<RoundsResult>}
 * @throws {Error} when the machine is never quiet
 */
export async function measureRounds(measurements, { rounds: wanted, keepDisturbed = false, say }) {
  /** @type {RoundsResult} */
  const result = { rounds: [], discarded: 0, foreign: [] };
  for (const { measure } of measurements) await measure();
  for (let turn = 0; result.rounds.length < wanted; turn += 1) {
    if (turn >= wanted * TRIES_PER_ROUND_MAX) {
      throw new Error(
        `others use this machine: ${result.discarded} of ${turn} rounds were disturbed; try again when it is quiet`,
      );
    }
    /** @type {Round} */
    const round = {};
    const mark = markLoad();
    for (let place = 0; place < measurements.length; place += 1) {
      const next = measurements[(place + turn) % measurements.length];
      if (next) round[next.name] = await next.measure();
    }
    const foreign = foreignShareSince(mark) ?? 0;
    if (foreign > FOREIGN_SHARE_MAX && !keepDisturbed) {
      result.discarded += 1;
      say(`a round was disturbed: others used ${(100 * foreign).toFixed(0)} % of the machine`);
      continue;
    }
    result.rounds.push(round);
    result.foreign.push(foreign);
    say(`round ${result.rounds.length} of ${wanted}`);
  }
  return result;
}

/**
 * Processes that work side by side: their speeds add up.
 * @param {readonly {seconds: number, networkSteps: number}[]} answers
 */
export const speedOf = (answers) => sum(answers.map(({ seconds, networkSteps }) => networkSteps / seconds));
