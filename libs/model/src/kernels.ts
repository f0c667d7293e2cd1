/**
 * The few tensor operations that training needs, over float32. Two implementations: TensorFlow's native kernels through
 * tfjs-node's binding, and any tfjs backend (WebAssembly) through its public operations.
 *
 * Handles are freed by hand: automatic scopes cost as much as a small operation. `liveCount` lets tests find leaks.
 */

/** An opaque handle of a float32 tensor. */
export interface Tensor {
  readonly shape: readonly number[];
}

export interface Kernels {
  /** The array may become the tensor's own memory: it must not be written to afterwards. */
  upload(values: Float32Array, shape: readonly number[]): Tensor;
  /** An array that `upload` copies from, so that it may be filled again. */
  staging(length: number): Float32Array;
  download(tensor: Tensor): Float32Array;
  /** Batched product over the last two axes (two axes: a plain product); `transpose` applies to an operand's last two axes. */
  matMul(a: Tensor, b: Tensor, transpose?: { readonly a?: boolean; readonly b?: boolean }): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  subtract(a: Tensor, b: Tensor): Tensor;
  multiply(a: Tensor, b: Tensor): Tensor;
  divide(a: Tensor, b: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** `gradient` where `activation` > 0, else 0. */
  reluGradient(gradient: Tensor, activation: Tensor): Tensor;
  /** The hyperbolic tangent, a square root: as for `exp`, each element's bits depend on its value alone. */
  tanh(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  /** gradient · (1 − activation²) */
  tanhGradient(gradient: Tensor, activation: Tensor): Tensor;
  /** e^x; each element's bits depend on its value alone, not on its place in the tensor. */
  exp(x: Tensor): Tensor;
  /** Reductions keep the reduced axis with size 1. */
  max(x: Tensor, axis: number): Tensor;
  sum(x: Tensor, axis: number): Tensor;
  /** Two parts or more. */
  concat(parts: readonly Tensor[], axis: number): Tensor;
  unstack(x: Tensor, axis: number): Tensor[];
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor;
  /** Rows of the first axis. */
  gather(x: Tensor, rows: Int32Array): Tensor;
  dispose(...tensors: readonly Tensor[]): void;
  liveCount(): number;
}
