// Whether bfloat16 units would help the engine's two large products.
import { join } from 'node:path';
import { askAll, startContender, stopContender } from './contenders.mjs';
import { foreignShareSince, markLoad } from './foreign-load.mjs';
import { coreCount, describeMachine, describeVersions } from './machine.mjs';
import { INPUTS } from './networks.mjs';
import { mean, spreadOf } from './statistics.mjs';

const WINDOW_ROWS = 500;
const COLUMNS = 25 * 50;
const FOREIGN_SHARE_MAX = 0.05;
const TRIES_PER_ROUND_MAX = 4;

/** The forward product W·Xᵀ, and the update A·X. */
const PRODUCTS = [
  { name: 'forward, W·Xᵀ', m: COLUMNS, k: INPUTS, n: WINDOW_ROWS, transposeB: true },
  { name: 'update, A·X', m: COLUMNS, k: WINDOW_ROWS, n: INPUTS, transposeB: false },
];

/**
 * @param {object} options
 * @param {string} options.sizeName
 * @param {import('./sizes.mjs').Size} options.size
 * @param {(text: string) => void} options.say
 */
export async function runBfloat16Bench({ sizeName, size, say }) {
  const processes = size.processes || coreCount();
  const program = [join(import.meta.dirname, 'workers', 'bfloat16.mjs')];
  const worker = await startContender(
    { name: 'bfloat16', label: 'bfloat16', program, networks: 0, steps: 0 },
    processes,
  );
  const products = [];
  try {
    for (const { name, ...shape } of PRODUCTS) {
      /** @type {Record<string, number>[][]} */
      const answers = [];
      for (let turn = 0; answers.length < size.rounds; turn += 1) {
        if (turn >= size.rounds * TRIES_PER_ROUND_MAX)
          throw new Error('others use this machine: try again when it is quiet');
        const mark = markLoad();
        const answer = await askAll(worker, 'measure', () => ({ ...shape, seconds: size.peakSeconds }));
        if (size.keepDisturbed || (foreignShareSince(mark) ?? 0) <= FOREIGN_SHARE_MAX) answers.push(answer);
      }
      const milliseconds = (/** @type {string} */ key) =>
        spreadOf(answers.map((answer) => 1000 * mean(answer.map((own) => own[key] ?? NaN))));
      products.push({
        name,
        ...shape,
        float32: milliseconds('float32Seconds'),
        bfloat16: milliseconds('bfloat16Seconds'),
        bfloat16WithCasts: milliseconds('withCastsSeconds'),
        relativeError: answers[0]?.[0]?.['relativeError'] ?? NaN,
      });
      say(name);
    }
  } finally {
    stopContender(worker);
  }
  return {
    schemaVersion: 1,
    date: new Date().toISOString(),
    size: sizeName,
    machine: describeMachine(),
    versions: describeVersions(),
    settings: { processes, rounds: size.rounds },
    products,
  };
}
