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

/** The widest vector instructions that TensorFlow and oneDNN will use here: they decide the rounding of sums. */
export function instructionSet(environment: NodeJS.ProcessEnv, flags: string = cpuFlags()): string {
  const limit = environment['ONEDNN_MAX_CPU_ISA']?.toUpperCase() ?? '';
  const limited = /^(AVX2|AVX|SSE41)/.exec(limit)?.[1]?.toLowerCase();
  if (limited !== undefined) return limited;
  if (process.arch !== 'x64') return process.arch;
  for (const [flag, name] of [
    ['avx512f', 'avx512'],
    ['avx2', 'avx2'],
    ['avx', 'avx'],
  ] as const) {
    if (new RegExp(`\\b${flag}\\b`).test(flags)) return name;
  }
  return 'sse';
}

function cpuFlags(): string {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
