// tfjs-node as its documentation teaches it: a layers model, L2 regularizers, SGD and `model.fit`, one network at a time.
// As fast as it goes: no pauses for a browser (`yieldEvery: 'never'`), no metrics, nothing printed, one tensor of data.
import { createRequire } from 'node:module';
import { initialWeights, openBackend } from '@seedbed/model';
import { loadCifar10 } from './cifar10.mjs';
import { serve } from './serve.mjs';
import { accuracyOf, tensorsOf, transposed } from './single-network.mjs';
import { learningRatesOf } from './training.mjs';

// Opened first: it prepares tfjs-node for newer Node versions.
await openBackend();
/** @type {typeof import('@tensorflow/tfjs')} */
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');

/** @type {import('./single-network.mjs').SingleData | null} */
let data = null;

/**
 * @param {import('./training.mjs').NetworkChoice} choice
 * @param {{inputs: number, hidden: number, classes: number}} shape
 */
function modelOf({ lambda, seed }, { inputs, hidden, classes }) {
  const regularizer = () => tf.regularizers.l2({ l2: lambda });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [inputs],
        units: hidden,
        activation: 'relu',
        kernelRegularizer: regularizer(),
      }),
      tf.layers.dense({ units: classes, activation: 'softmax', kernelRegularizer: regularizer() }),
    ],
  });
  const { W1, b1, W2, b2 } = initialWeights({ inputs, hidden, classes }, seed);
  tf.tidy(() =>
    model.setWeights([
      transposed(tf, W1, hidden, inputs),
      tf.tensor1d(b1),
      tf.tensor2d(W2, [hidden, classes]),
      tf.tensor1d(b2),
    ]),
  );
  return model;
}

await serve({
  /** @param {import('./cifar10.mjs').SplitSettings & {batchSize: number}} settings */
  async prepare(settings) {
    data = tensorsOf(tf, await loadCifar10(settings), settings.batchSize);
  },

  /**
   * @param {import('./training.mjs').TrainRequest} request
   * @returns {Promise<import('./training.mjs').TrainAnswer>}
   */
  async train({ networks, hidden, steps, judge }) {
    if (!data) throw new Error('not prepared');
    const { batchSize, inputs, classes } = data;
    const rates = learningRatesOf(steps);
    const answer = { seconds: 0, networkSteps: 0, accuracies: /** @type {number[]} */ ([]) };
    for (const choice of networks) {
      const model = modelOf(choice, { inputs, hidden, classes });
      const optimizer = tf.train.sgd(rates[0] ?? 0);
      model.compile({ optimizer, loss: 'categoricalCrossentropy' });
      let step = 0;
      const startedAt = performance.now();
      // Whole epochs, then the rest of one on fewer images.
      for (const { epochs, batches } of epochsOf(steps, data.batches.length)) {
        const [x, y] = data.firstBatches(batches);
        await model.fit(x, y, {
          batchSize,
          epochs,
          shuffle: false,
          verbose: 0,
          yieldEvery: 'never',
          callbacks: { onBatchBegin: async () => optimizer.setLearningRate(rates[step++] ?? 0) },
        });
      }
      answer.seconds += (performance.now() - startedAt) / 1000;
      answer.networkSteps += steps;
      if (judge)
        answer.accuracies.push(accuracyOf(tf, data, (rows) => /** @type {any} */ (model.predict(rows))));
      model.dispose();
      optimizer.dispose();
    }
    return answer;
  },
});

/**
 * @param {number} steps
 * @param {number} batchesPerEpoch
 */
function epochsOf(steps, batchesPerEpoch) {
  const parts = [
    { epochs: Math.floor(steps / batchesPerEpoch), batches: batchesPerEpoch },
    { epochs: 1, batches: steps % batchesPerEpoch },
  ];
  return parts.filter(({ epochs, batches }) => epochs > 0 && batches > 0);
}
