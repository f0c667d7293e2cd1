/** Chooses the backend of this process: native TensorFlow, else WebAssembly. Never fails because native kernels are missing. */
import { readFileSync } from 'node:fs';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-core';
import { coerceError, type NumericsClass, numericsClassSchema } from '@seedbed/contracts';
import type { Kernels } from './kernels.js';
import { type NativeBinding, NativeKernels } from './native-kernels.js';
import { PortableKernels } from './portable-kernels.js';

export interface Backend {
  readonly name: 'tensorflow' | 'wasm';
  /** Version of TensorFlow; null for WebAssembly. */
  readonly tensorflow: string | null;
  readonly numericsClass: NumericsClass;
  readonly kernels: Kernels;
  /** Why native kernels are not in use; null when they are. */
  readonly fallbackReason: string | null;
}

/** Loads the backend; `SEEDBED_KERNELS=wasm` asks for WebAssembly although native kernels may be there. */
export async function openBackend(environment: NodeJS.ProcessEnv = process.env): Promise<Backend> {
  if (environment['SEEDBED_KERNELS'] === 'wasm') return openWasm('SEEDBED_KERNELS=wasm asks for it');
  try {
    return openNative(environment);
  } catch (thrown) {
    return openWasm(coerceError(thrown).message.split('\n')[0] ?? 'unknown');
  }
}

function openNative(environment: NodeJS.ProcessEnv): Backend {
  restoreRemovedUtil();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- must come after the line above; an import is hoisted
  const tf = require('@tensorflow/tfjs-node') as typeof tfjs;
  const binding = (tf.backend() as unknown as { binding: NativeBinding }).binding;
  const version = binding.TF_Version;
  return {
    name: 'tensorflow',
    tensorflow: version,
    numericsClass: numericsClassSchema.parse(`tensorflow-${version}-${instructionSet(environment)}`),
    kernels: new NativeKernels(binding),
    fallbackReason: null,
  };
}

async function openWasm(reason: string): Promise<Backend> {
  const tf = await import('@tensorflow/tfjs-core');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  await tf.ready();
  return {
    name: 'wasm',
    tensorflow: null,
    numericsClass: numericsClassSchema.parse(`wasm-${wasm.version_wasm}-simd`),
    kernels: new PortableKernels(tf),
    fallbackReason: reason,
  };
}

/** Node 23 removed two functions that tfjs-node 4.22.0 still calls (tensorflow/tfjs#8609). */
function restoreRemovedUtil(): void {
  const legacy = util as unknown as Record<string, unknown>;
  legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  legacy['isArray'] ??= Array.isArray;
}

/** From narrow to wide. Within one, oneDNN's variants (VNNI, bfloat16, AMX) compute float32 alike. */
const INSTRUCTION_SETS = ['sse41', 'avx', 'avx2', 'avx512'] as const;
/** What oneDNN asks of a processor before it uses the set. */
const FLAGS = {
  sse41: ['sse4_1'],
  avx: ['avx'],
  avx2: ['avx2', 'fma'],
  avx512: ['avx512f', 'avx512bw', 'avx512vl', 'avx512dq'],
} as const;

/**
 * The widest vector instructions that oneDNN's matrix products will use here: they decide the rounding of sums. oneDNN
 * chooses by the processor and may be limited by ONEDNN_MAX_CPU_ISA (or DNNL_MAX_CPU_ISA, its old name). TensorFlow's other
 * kernels are compiled for one set and compute the same on every processor that runs them.
 */
export function instructionSet(environment: NodeJS.ProcessEnv, flags: string = cpuFlags()): string {
  if (process.arch !== 'x64') return process.arch;
  const present = new Set(flags.split(/\s+/));
  const limit = limitOf(environment['ONEDNN_MAX_CPU_ISA'] ?? environment['DNNL_MAX_CPU_ISA'] ?? '');
  const usable = INSTRUCTION_SETS.slice(0, limit + 1).filter((set) =>
    FLAGS[set].every((flag) => present.has(flag)),
  );
  return usable.at(-1) ?? 'sse';
}

/** Place of the widest set that is allowed; what oneDNN does not know (DEFAULT, ALL, a mistyped word) allows all. */
function limitOf(word: string): number {
  const family =
    /^(SSE41|AVX512|AVX10|AVX2|AVX)(_|$)/.exec(word.toUpperCase())?.[1]?.toLowerCase() ?? 'avx512';
  const set = INSTRUCTION_SETS.findIndex((name) => name === family);
  return set < 0 ? INSTRUCTION_SETS.length - 1 : set;
}

function cpuFlags(): string {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
