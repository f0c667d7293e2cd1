// The other systems: their contenders, their environment and the data in a form that they read.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACK_NETWORKS } from '../contenders.mjs';
import { measureCoarse } from './coarse-bench.mjs';
import { exportData } from './data-export.mjs';
import { ensurePythonEnvironment } from './python-environment.mjs';

const script = (/** @type {string} */ name) => join(import.meta.dirname, name);

/** Networks a process that a batched peer may choose from: each takes what is fastest for it. */
const PACK_SIZES = [5, 10, PACK_NETWORKS];

/** One thread: XLA's own pool too. */
const XLA_ENVIRONMENT = { XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false', JAX_PLATFORMS: 'cpu' };

/**
 * @param {{command: string, environment: Record<string, string>}} python
 * @returns {import('../contenders.mjs').ContenderKind[]}
 */
function kindsFor({ command, environment }) {
  const torch = (/** @type {string} */ mode) => ({
    program: [command, script('torch_worker.py'), mode],
    environment,
  });
  const jax = (/** @type {string[]} */ ...words) => ({
    program: [command, script('jax_worker.py'), ...words],
    environment: { ...environment, ...XLA_ENVIRONMENT },
  });
  const batched = { networks: PACK_NETWORKS, packSizes: PACK_SIZES };
  return [
    {
      name: 'torch',
      label: 'PyTorch, nn.Module and SGD, one network at a time',
      ...torch('single'),
      networks: 1,
      steps: 1200,
    },
    {
      name: 'torchBatched',
      label: 'PyTorch, networks batched by hand',
      ...torch('batched'),
      ...batched,
      steps: 120,
    },
    {
      name: 'torchOneDnn',
      label: 'PyTorch, batched by hand on its internal oneDNN product',
      ...torch('one-dnn'),
      ...batched,
      steps: 160,
    },
    {
      name: 'jaxTextbook',
      label: 'JAX, vmap of networks, first layer as tutorials lay it out',
      ...jax('batched', 'columns'),
      ...batched,
      steps: 120,
    },
    {
      name: 'jax',
      label: 'JAX, jit and scan, one network at a time, first layer transposed',
      ...jax('single', 'rows'),
      networks: 1,
      steps: 4000,
    },
    {
      name: 'jaxBatched',
      label: 'JAX, vmap of networks, first layer transposed',
      ...jax('batched', 'rows'),
      ...batched,
      steps: 160,
    },
  ];
}

/**
 * @param {{size: import('../sizes.mjs').Size, say: (text: string) => void}} options
 * @returns {Promise<import('../training-bench.mjs').PeerSupport & {close: () => void}>}
 */
export async function openPeers({ size, say }) {
  const python = await ensurePythonEnvironment();
  const directory = mkdtempSync(join(tmpdir(), 'seedbed-bench-data-'));
  const close = () => rmSync(directory, { recursive: true, force: true });
  try {
    say('exporting images and initial weights for the peers');
    const dataDirectory = join(directory, 'rounds');
    await exportData(dataDirectory, size, { seeds: Math.max(5, size.accuracy.seeds) });
    return {
      kinds: kindsFor(python),
      versions: python.versions,
      dataDirectory,
      measureCoarse: ({ system: coarseSize, coarse, keepDisturbed }, { seconds, trialMeans }) =>
        measureCoarse({
          python,
          directory: join(directory, 'coarse'),
          size: coarseSize,
          rounds: coarse.rounds,
          keepDisturbed,
          system: { seconds: seconds.median, trialMeans },
          say,
        }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
