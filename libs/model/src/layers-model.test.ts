/** A trained network leaves as a layers model and comes back from the disk to the same answers. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '@seedbed/contracts';
import { type Backend, openBackend } from './backend.js';
import type { Weights } from './initial-weights.js';
import { type InputNormalisation, layersModel, layersModelJson, type LayersModel } from './layers-model.js';
import { PreparedData } from './prepared-data.js';
import { reloadedAccuracy, type RawImages } from './reload-model.js';
import { trainPack } from './train-pack.js';
import { settingsOf } from './training.fixture.js';

const INPUTS = 48;
const CLASSES = 10;
const TRAIN = 200;
const VALIDATION = 150;

let directory: string;
let backend: Backend;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-model-'));
  backend = await openBackend();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Images whose class is the brightest of ten bands, with noise; pixels are whole numbers. */
function images(count: number, seed: number): RawImages {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const labels = Uint8Array.from({ length: count }, () => Math.floor(random() * CLASSES));
  const bytes = Float32Array.from({ length: count * INPUTS }, (_, at) => {
    const isBand = (at % INPUTS) % CLASSES === labels[Math.floor(at / INPUTS)];
    return Math.floor(random() * 160 + (isBand ? 60 : 0));
  });
  return { labels, count, pixels: (first, rows) => bytes.slice(first * INPUTS, (first + rows) * INPUTS) };
}

function normalisationOf(raw: RawImages): InputNormalisation {
  const values = raw.pixels(0, raw.count);
  const column = (input: number) =>
    Array.from({ length: raw.count }, (_, row) => values[row * INPUTS + input]! / 255);
  const mean = Float64Array.from(
    { length: INPUTS },
    (_, input) => column(input).reduce((a, b) => a + b) / raw.count,
  );
  const standardDeviation = mean.map((centre, input) =>
    Math.sqrt(column(input).reduce((sum, value) => sum + (value - centre) ** 2, 0) / raw.count),
  );
  return { mean, standardDeviation };
}

/** As training reads them: normalised in float64, rounded once. */
function normalised(raw: RawImages, { mean, standardDeviation }: InputNormalisation) {
  const rows = raw
    .pixels(0, raw.count)
    .map((pixel, at) => (pixel / 255 - mean[at % INPUTS]!) / standardDeviation[at % INPUTS]!);
  return {
    ...{ labels: raw.labels, count: raw.count },
    rows: (first: number, count: number, target?: Float32Array) => {
      const own = rows.subarray(first * INPUTS, (first + count) * INPUTS);
      if (target === undefined) return own;
      target.set(own);
      return target.subarray(0, own.length);
    },
  };
}

/** What a person's program does with the two files. */
function readFromDisk(): LayersModel {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(directory, 'model.json'), 'utf8'));
  const [{ paths, weights }] = weightsManifest;
  const weightData = new Uint8Array(readFileSync(join(directory, paths[0])));
  return { topology: modelTopology, weightSpecs: weights, weightData };
}

test('gets the same images right after a reload, with raw pixels, and holds the committed weights', async () => {
  const [train, validation] = [images(TRAIN, 1), images(VALIDATION, 2)];
  const normalisation = normalisationOf(train);
  const data = new PreparedData(
    backend.kernels,
    {
      ...{ inputCount: INPUTS, classCount: CLASSES },
      train: normalised(train, normalisation),
      validation: normalised(validation, normalisation),
    },
    20,
  );
  const results: RunResult[] = [];
  const weights: Weights[] = [];
  const members = [1, 2, 3].map((seed) =>
    settingsOf({ seed, hidden: 20, batchSize: 20, stepSize: 200, lambda: 0.001 }),
  );
  await trainPack({
    ...{ data, members },
    loadTest: () => Promise.reject(new Error('no test set')),
    onWeights: (member, own) => (weights[member] = own),
    onResult: (member, result) => (results[member] = result),
  });
  data.dispose();
  for (const [member, result] of results.entries()) {
    if (result.outcome !== 'trained') throw new Error('it did not train');
    const model = layersModel(weights[member]!, normalisation);
    writeFileSync(join(directory, 'model.json'), layersModelJson(model, 'weights.bin'));
    writeFileSync(join(directory, 'weights.bin'), model.weightData);
    const reloaded = readFromDisk();
    const own = reloaded.weightData.subarray(4 * INPUTS * Float32Array.BYTES_PER_ELEMENT);
    expect(createHash('sha256').update(own).digest('hex')).toBe(result.weightsDigest);
    expect(await reloadedAccuracy(reloaded, validation)).toEqual(result.validation);
    expect(result.validation.correct).toBeGreaterThan(VALIDATION / 2);
  }
});

test('other pixels give other answers: the check can fail', async () => {
  const train = images(TRAIN, 1);
  const weights = {
    W1: new Float32Array(7 * INPUTS).fill(0.1),
    b1: new Float32Array(7),
    W2: new Float32Array(7 * CLASSES).map((_, at) => (at % CLASSES === 3 ? 1 : 0)),
    b2: new Float32Array(CLASSES),
  };
  const accuracy = await reloadedAccuracy(layersModel(weights, normalisationOf(train)), train);
  expect(accuracy.correct).toBeLessThan(TRAIN / 2);
});
