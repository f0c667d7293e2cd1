/** Any tfjs backend through its public operations; used where native kernels cannot be had. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Kernels, Tensor } from './kernels.js';

type TensorFlowJs = typeof tf;

export class PortableKernels implements Kernels {
  private readonly tensorsBefore: number;

  constructor(private readonly tf: TensorFlowJs) {
    this.tensorsBefore = tf.memory().numTensors;
  }

  upload(values: Float32Array, shape: readonly number[]): Tensor {
    return this.tf.tensor(values, [...shape], 'float32');
  }

  /** WebAssembly has a memory of its own: every upload is a copy. */
  staging(length: number): Float32Array {
    return new Float32Array(length);
  }

  download(tensor: Tensor): Float32Array {
    return of(tensor).dataSync() as Float32Array;
  }

  matMul(a: Tensor, b: Tensor, transpose: { readonly a?: boolean; readonly b?: boolean } = {}): Tensor {
    return this.tf.tidy(() => this.tf.matMul(of(a), of(b), transpose.a ?? false, transpose.b ?? false));
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.tf.add(of(a), of(b));
  }

  subtract(a: Tensor, b: Tensor): Tensor {
    return this.tf.sub(of(a), of(b));
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    return this.tf.mul(of(a), of(b));
  }

  divide(a: Tensor, b: Tensor): Tensor {
    return this.tf.div(of(a), of(b));
  }

  relu(x: Tensor): Tensor {
    return this.tf.relu(of(x));
  }

  reluGradient(gradient: Tensor, activation: Tensor): Tensor {
    return this.tf.tidy(() => this.tf.mul(of(gradient), this.tf.step(of(activation))));
  }

  tanh(x: Tensor): Tensor {
    return this.tf.tanh(of(x));
  }

  sqrt(x: Tensor): Tensor {
    return this.tf.sqrt(of(x));
  }

  tanhGradient(gradient: Tensor, activation: Tensor): Tensor {
    return this.tf.tidy(() => {
      const square = this.tf.mul(of(activation), of(activation));
      return this.tf.mul(of(gradient), this.tf.sub(1, square));
    });
  }

  exp(x: Tensor): Tensor {
    return this.tf.exp(of(x));
  }

  max(x: Tensor, axis: number): Tensor {
    return this.tf.tidy(() => this.tf.max(of(x), axis, true));
  }

  sum(x: Tensor, axis: number): Tensor {
    return this.tf.tidy(() => this.tf.sum(of(x), axis, true));
  }

  concat(parts: readonly Tensor[], axis: number): Tensor {
    return this.tf.tidy(() => this.tf.concat(parts.map(of), axis));
  }

  unstack(x: Tensor, axis: number): Tensor[] {
    return this.tf.tidy(() => this.tf.unstack(of(x), axis));
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return this.tf.reshape(of(x), [...shape]);
  }

  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
    return this.tf.tidy(() => this.tf.slice(of(x), [...begin], [...size]));
  }

  gather(x: Tensor, rows: Int32Array): Tensor {
    return this.tf.tidy(() => this.tf.gather(of(x), this.tf.tensor1d(rows, 'int32'), 0));
  }

  dispose(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) of(tensor).dispose();
  }

  liveCount(): number {
    return this.tf.memory().numTensors - this.tensorsBefore;
  }
}

function of(tensor: Tensor): tf.Tensor {
  return tensor as tf.Tensor;
}
