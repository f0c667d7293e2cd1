// Data and evaluation of the workers that train one network at a time with tfjs-node.

/**
 * @typedef {typeof import('@tensorflow/tfjs')} TensorFlow
 * @typedef {import('@tensorflow/tfjs').Tensor2D} Tensor2D
 *
 * @typedef {object} SingleData
 * @property {number} inputs
 * @property {number} classes
 * @property {number} batchSize
 * @property {{x: Tensor2D, y: Tensor2D}[]} batches y is one-hot
 * @property {(count: number) => [Tensor2D, Tensor2D]} firstBatches joined; kept once made
 * @property {Tensor2D} validation
 * @property {Uint8Array} validationLabels
 */

/**
 * @param {TensorFlow} tf
 * @param {import('@seedbed/data').Split} split
 * @param {number} batchSize
 * @returns {SingleData}
 */
export function tensorsOf(tf, split, batchSize) {
  const { inputCount: inputs, classCount: classes, train, validation } = split;
  /** @type {Map<number, [Tensor2D, Tensor2D]>} */
  const joined = new Map();
  /** @param {number} first @param {number} count @returns {[Tensor2D, Tensor2D]} */
  const rowsOf = (first, count) => {
    const labels = Int32Array.from(train.labels.subarray(first, first + count));
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat());
    return [tf.tensor2d(train.rows(first, count), [count, inputs]), /** @type {Tensor2D} */ (y)];
  };
  const batches = Array.from({ length: Math.floor(train.count / batchSize) }, (_, index) => {
    const [x, y] = rowsOf(index * batchSize, batchSize);
    return { x, y };
  });
  return {
    inputs,
    classes,
    batchSize,
    batches,
    firstBatches(count) {
      const found = joined.get(count) ?? rowsOf(0, count * batchSize);
      joined.set(count, found);
      return found;
    },
    validation: tf.tensor2d(validation.rows(0, validation.count), [validation.count, inputs]),
    validationLabels: validation.labels,
  };
}

/**
 * @param {TensorFlow} tf
 * @param {SingleData} data
 * @param {(rows: Tensor2D) => import('@tensorflow/tfjs').Tensor} scoresOf a score for each class
 */
export function accuracyOf(tf, data, scoresOf) {
  const predicted = tf.tidy(() => scoresOf(data.validation).argMax(1).dataSync());
  const correct = data.validationLabels.reduce(
    (count, label, row) => (predicted[row] === label ? count + 1 : count),
    0,
  );
  return correct / data.validationLabels.length;
}

/**
 * Our initial weights have a row for each hidden unit, TensorFlow's layers a column.
 * @param {TensorFlow} tf
 * @param {Float32Array} values rows × columns
 * @param {number} rows
 * @param {number} columns
 */
export const transposed = (tf, values, rows, columns) =>
  tf.tidy(() => tf.tensor2d(values, [rows, columns]).transpose());
