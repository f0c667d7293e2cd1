// tfjs-node at its best with one network at a time: operations of `tf.*`, gradients written by hand, batches cut beforehand.
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

/** @typedef {{W1: any, b1: any, W2: any, b2: any}} Network */

/** @type {import('./single-network.mjs').SingleData | null} */
let data = null;

/** @param {Network} network @param {any} x */
const hiddenOf = ({ W1, b1 }, x) => tf.fused.matMul({ a: x, b: W1, bias: b1, activation: 'relu' });
/** @param {Network} network @param {any} hidden */
const logitsOf = ({ W2, b2 }, hidden) => tf.fused.matMul({ a: hidden, b: W2, bias: b2 });

/**
 * @param {Network} network
 * @param {{x: any, y: any}} batch
 * @param {{eta: number, lambda: number, batchSize: number}} step
 * @returns {Network} after the step; the old one is freed
 */
function updated(network, { x, y }, { eta, lambda, batchSize }) {
  const next = tf.tidy(() => {
    const hidden = hiddenOf(network, x);
    const logitGradient = tf
      .softmax(logitsOf(network, hidden))
      .sub(y)
      .mul(eta / batchSize);
    const hiddenGradient = tf.matMul(logitGradient, network.W2, false, true).mul(tf.step(hidden));
    const decay = 1 - 2 * eta * lambda;
    return {
      W1: network.W1.mul(decay).sub(tf.matMul(x, hiddenGradient, true, false)),
      b1: network.b1.sub(hiddenGradient.sum(0)),
      W2: network.W2.mul(decay).sub(tf.matMul(hidden, logitGradient, true, false)),
      b2: network.b2.sub(logitGradient.sum(0)),
    };
  });
  tf.dispose(/** @type {any} */ (network));
  return next;
}

await serve({
  /** @param {import('./cifar10.mjs').SplitSettings & {batchSize: number}} settings */
  async prepare(settings) {
    if (data) tf.dispose([data.validation, ...data.batches.flatMap(({ x, y }) => [x, y])]);
    data = tensorsOf(tf, await loadCifar10(settings), settings.batchSize);
  },

  /**
   * @param {import('./training.mjs').TrainRequest} request
   * @returns {import('./training.mjs').TrainAnswer}
   */
  train({ networks, hidden, steps, judge }) {
    if (!data) throw new Error('not prepared');
    const { batches, batchSize, inputs, classes } = data;
    const rates = learningRatesOf(steps);
    const answer = { seconds: 0, networkSteps: 0, accuracies: /** @type {number[]} */ ([]) };
    for (const { lambda, seed } of networks) {
      const weights = initialWeights({ inputs, hidden, classes }, seed);
      /** @type {Network} */
      let network = {
        W1: transposed(tf, weights.W1, hidden, inputs),
        b1: tf.tensor1d(weights.b1),
        W2: tf.tensor2d(weights.W2, [hidden, classes]),
        b2: tf.tensor1d(weights.b2),
      };
      const startedAt = performance.now();
      rates.forEach((eta, step) => {
        const batch = batches[step % batches.length];
        if (batch) network = updated(network, batch, { eta, lambda, batchSize });
      });
      answer.seconds += (performance.now() - startedAt) / 1000;
      answer.networkSteps += steps;
      if (judge)
        answer.accuracies.push(accuracyOf(tf, data, (rows) => logitsOf(network, hiddenOf(network, rows))));
      tf.dispose(/** @type {any} */ (network));
    }
    return answer;
  },
});
