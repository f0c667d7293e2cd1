// Writes what the Python workers read: the engine's own rows, labels and initial weights, as plain little-endian numbers.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { initialWeights } from '@seedbed/model';
import { BATCH_SIZE, CLASSES, HIDDEN, INPUTS } from '../networks.mjs';
import { loadCifar10 } from '../workers/cifar10.mjs';

const PIECE_ROWS = 1_000;

/**
 * @param {string} directory made here
 * @param {import('../workers/cifar10.mjs').SplitSettings} ranges
 * @param {{seeds: number}} options weights of seeds 1 to `seeds`
 */
export async function exportData(directory, { train, validation }, { seeds }) {
  mkdirSync(directory, { recursive: true });
  const split = await loadCifar10({ train, validation });
  for (const name of /** @type {const} */ (['train', 'validation'])) {
    const images = split[name];
    const file = openSync(join(directory, `${name}.f32`), 'w');
    for (let first = 0; first < images.count; first += PIECE_ROWS) {
      writeSync(file, images.rows(first, Math.min(PIECE_ROWS, images.count - first)));
    }
    closeSync(file);
    writeFileSync(join(directory, `${name}.u8`), images.labels);
  }
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { W1, W2 } = initialWeights({ inputs: INPUTS, hidden: HIDDEN, classes: CLASSES }, seed);
    writeFileSync(
      join(directory, `weights-${HIDDEN}-${seed}.f32`),
      Buffer.concat([bytesOf(W1), bytesOf(W2)]),
    );
  }
  const layout = { inputs: split.inputCount, classes: split.classCount, batchSize: BATCH_SIZE };
  writeFileSync(join(directory, 'layout.json'), JSON.stringify(layout));
}

/** @param {Float32Array} values */
const bytesOf = (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
