/**
 * TensorFlow's kernels, called through the binding of tfjs-node without tfjs's engine in between: dispatch is 5–10 µs an
 * operation instead of 20–30 µs, which is what a pack of few networks spends its time on.
 */
import type { Kernels, Tensor } from './kernels.js';

/** The native addon of @tensorflow/tfjs-node 4.22.0 (binding/tfjs_binding.cc). */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): NativeOutput[];
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_Version: string;
}
interface NativeOutput {
  readonly id: number;
  readonly shape: number[];
}
interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}
interface NativeTensor extends Tensor {
  readonly id: number;
}

/**
 * Eigen computes e^x for 16 elements at a time and the rest one by one with other rounding; a multiple of four such
 * packets leaves no rest, so that a value's bits do not depend on where in the tensor it stands.
 */
const EXP_ALIGNMENT = 64;

export class NativeKernels implements Kernels {
  private live = 0;
  private readonly constants = new Map<string, number>();
  private readonly float: Attribute;
  private readonly keep: readonly Attribute[];
  private readonly matMulAttributes = new Map<number, readonly Attribute[]>();

  constructor(private readonly binding: NativeBinding) {
    this.float = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    this.keep = [
      { name: 'keep_dims', type: binding.TF_ATTR_BOOL, value: true },
      this.float,
      this.index('Tidx'),
    ];
    for (const [code, [a, b]] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ].entries()) {
      this.matMulAttributes.set(code, [
        this.float,
        { name: 'adj_x', type: binding.TF_ATTR_BOOL, value: a ?? false },
        { name: 'adj_y', type: binding.TF_ATTR_BOOL, value: b ?? false },
      ]);
    }
  }

  upload(values: Float32Array, shape: readonly number[]): NativeTensor {
    this.live++;
    return { id: this.binding.createTensor(shape, this.binding.TF_FLOAT, values), shape };
  }

  /**
   * TensorFlow takes over an array whose address suits its vector instructions and copies any other (TF_NewTensor in
   * tf_tensor.cc). JavaScript's buffers begin at multiples of 8 bytes at least, so 4 bytes further suits none.
   */
  staging(length: number): Float32Array {
    return new Float32Array(length + 1).subarray(1);
  }

  download(tensor: Tensor): Float32Array {
    return this.binding.tensorDataSync(idOf(tensor));
  }

  matMul(a: Tensor, b: Tensor, transpose: { readonly a?: boolean; readonly b?: boolean } = {}): NativeTensor {
    const code = (transpose.a === true ? 1 : 0) + (transpose.b === true ? 2 : 0);
    return this.one('BatchMatMulV2', this.matMulAttributes.get(code) ?? [], [a, b]);
  }

  add(a: Tensor, b: Tensor): NativeTensor {
    return this.one('AddV2', [this.float], [a, b]);
  }

  subtract(a: Tensor, b: Tensor): NativeTensor {
    return this.one('Sub', [this.float], [a, b]);
  }

  multiply(a: Tensor, b: Tensor): NativeTensor {
    return this.one('Mul', [this.float], [a, b]);
  }

  divide(a: Tensor, b: Tensor): NativeTensor {
    return this.one('RealDiv', [this.float], [a, b]);
  }

  relu(x: Tensor): NativeTensor {
    return this.one('Relu', [this.float], [x]);
  }

  reluGradient(gradient: Tensor, activation: Tensor): NativeTensor {
    return this.one('ReluGrad', [this.float], [gradient, activation]);
  }

  tanh(x: Tensor): NativeTensor {
    return this.inWholePackets('Tanh', x);
  }

  /** Correctly rounded in packets as well as one by one (kernels.test.ts looks). */
  sqrt(x: Tensor): NativeTensor {
    return this.one('Sqrt', [this.float], [x]);
  }

  tanhGradient(gradient: Tensor, activation: Tensor): NativeTensor {
    return this.one('TanhGrad', [this.float], [activation, gradient]);
  }

  exp(x: Tensor): NativeTensor {
    return this.inWholePackets('Exp', x);
  }

  private inWholePackets(name: 'Exp' | 'Tanh', x: Tensor): NativeTensor {
    const size = x.shape.reduce((product, length) => product * length, 1);
    if (size % EXP_ALIGNMENT === 0) return this.one(name, [this.float], [x]);
    const last = x.shape.length - 1;
    const length = x.shape[last] ?? 1;
    const padding = x.shape.flatMap((_, axis) => [
      0,
      axis === last ? EXP_ALIGNMENT - (length % EXP_ALIGNMENT) : 0,
    ]);
    const paddings = this.constant(padding, [x.shape.length, 2]);
    const padded = this.run('Pad', [this.float, this.index('Tpaddings')], [idOf(x), paddings]);
    const raised = this.one(name, [this.float], [padded]);
    const result = this.slice(
      raised,
      x.shape.map(() => 0),
      x.shape,
    );
    this.dispose(padded, raised);
    return result;
  }

  max(x: Tensor, axis: number): NativeTensor {
    return this.run('Max', this.keep, [idOf(x), this.constant([axis], [1])]);
  }

  sum(x: Tensor, axis: number): NativeTensor {
    return this.run('Sum', this.keep, [idOf(x), this.constant([axis], [1])]);
  }

  concat(parts: readonly Tensor[], axis: number): NativeTensor {
    const attributes = [
      { name: 'N', type: this.binding.TF_ATTR_INT, value: parts.length },
      this.float,
      this.index('Tidx'),
    ];
    return this.run('ConcatV2', attributes, [...parts.map(idOf), this.constant([axis], [])]);
  }

  unstack(x: Tensor, axis: number): NativeTensor[] {
    const count = x.shape[axis] ?? 0;
    const attributes = [
      { name: 'num', type: this.binding.TF_ATTR_INT, value: count },
      this.float,
      { name: 'axis', type: this.binding.TF_ATTR_INT, value: axis },
    ];
    this.live += count;
    return this.binding.executeOp('Unpack', attributes, [idOf(x)], count);
  }

  reshape(x: Tensor, shape: readonly number[]): NativeTensor {
    const attributes = [this.float, this.index('Tshape')];
    return this.run('Reshape', attributes, [idOf(x), this.constant(shape, [shape.length])]);
  }

  slice(x: Tensor, begin: readonly number[], size: readonly number[]): NativeTensor {
    const ids = [idOf(x), this.constant(begin, [begin.length]), this.constant(size, [size.length])];
    return this.run('Slice', [this.float, this.index('Index')], ids);
  }

  gather(x: Tensor, rows: Int32Array): NativeTensor {
    const attributes = [
      { name: 'Tparams', type: this.binding.TF_ATTR_TYPE, value: this.binding.TF_FLOAT },
      this.index('Tindices'),
      this.index('Taxis'),
    ];
    const indices = this.binding.createTensor([rows.length], this.binding.TF_INT32, rows);
    const result = this.run('GatherV2', attributes, [idOf(x), indices, this.constant([0], [])]);
    this.binding.deleteTensor(indices);
    return result;
  }

  dispose(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.binding.deleteTensor(idOf(tensor));
    this.live -= tensors.length;
  }

  liveCount(): number {
    return this.live;
  }

  private one(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): NativeTensor {
    return this.run(name, attributes, inputs.map(idOf));
  }

  private run(name: string, attributes: readonly Attribute[], inputs: readonly number[]): NativeTensor {
    const [output] = this.binding.executeOp(name, attributes, inputs, 1);
    if (output === undefined) throw new Error(`TensorFlow's ${name} returned no tensor`);
    this.live++;
    return output;
  }

  /** Shapes and axes recur, so their tensors are made once and kept. */
  private constant(values: readonly number[], shape: readonly number[]): number {
    const key = `${shape.length}:${values.join()}`;
    let id = this.constants.get(key);
    if (id === undefined) {
      id = this.binding.createTensor(shape, this.binding.TF_INT32, Int32Array.from(values));
      this.constants.set(key, id);
    }
    return id;
  }

  private index(name: string): Attribute {
    return { name, type: this.binding.TF_ATTR_TYPE, value: this.binding.TF_INT32 };
  }
}

function idOf(tensor: Tensor): number {
  return (tensor as NativeTensor).id;
}
