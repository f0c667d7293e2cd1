// Rounds: every contender once, in an order that turns with each round, all others idle. What is compared is compared within
// a round, so that a slow minute of the machine is slow for all.
import { undisturbed } from './foreign-load.mjs';
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

/**
 * @param {readonly {name: string, measure: () => Promise<Measured>}[]} measurements
 * @param {import('./foreign-load.mjs').Watch & {rounds: number}} options `rounds` that count; one more before them warms up
 * @returns {Promise<RoundsResult>}
 * @throws {Error} when the machine is never quiet
 */
export async function measureRounds(measurements, { rounds: wanted, keepDisturbed, say }) {
  /** @type {RoundsResult} */
  const result = { rounds: [], discarded: 0, foreign: [] };
  for (const { measure } of measurements) await measure();
  for (let turn = 0; turn < wanted; turn += 1) {
    const measureRound = async () => {
      /** @type {Round} */
      const round = {};
      for (let place = 0; place < measurements.length; place += 1) {
        const next = measurements[(place + turn) % measurements.length];
        if (next) round[next.name] = await next.measure();
      }
      return round;
    };
    const { value, foreign, discarded } = await undisturbed(measureRound, { keepDisturbed, say });
    result.rounds.push(value);
    result.foreign.push(foreign);
    result.discarded += discarded;
    say(`round ${turn + 1} of ${wanted}`);
  }
  return result;
}

/**
 * Processes that work side by side: their speeds add up.
 * @param {readonly {seconds: number, networkSteps: number}[]} answers
 */
export const speedOf = (answers) => sum(answers.map(({ seconds, networkSteps }) => networkSteps / seconds));
