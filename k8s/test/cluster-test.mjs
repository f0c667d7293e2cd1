// `npm run test:cluster`: Seedbed on a real Kubernetes of one node with KEDA, from nothing to nothing. See k8s/README.md.
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../../tools/bootstrap/lock.mjs';
import { createReporter } from '../../tools/bootstrap/reporter.mjs';
import { addOnsAvailable, installCoreDns, installKeda } from '../cluster/add-ons.mjs';
import { Cluster } from '../cluster/cluster.mjs';
import { ensureClusterPrograms, findClusterPrograms } from '../cluster/go-builds.mjs';
import { ensureKubectl } from '../cluster/kubectl.mjs';
import { PolicyEnforcer } from '../cluster/policy-enforcer.mjs';
import {
  arePrometheusKindsHere,
  ensurePrometheusKinds,
  installPrometheusKinds,
} from '../cluster/prometheus-kinds.mjs';
import { writeStaticImages } from '../cluster/static-images.mjs';
import { Installation, NAMESPACE } from './installation.mjs';
import { localAnswer } from './local-answer.mjs';
import { makeVolumes, renderTestOverlay } from './overlay.mjs';
import { missingPrerequisite } from './prerequisites.mjs';
import { checkRefusals } from './refusals.mjs';
import { drillRestore } from './restore-drill.mjs';
import { buildSeedbedImages } from './seedbed-images.mjs';
import { createSteps } from './steps.mjs';
import { runSweepUnderFire } from './sweep-under-fire.mjs';

/** One at a time: the addresses and the folder are fixed, so that the next run finds and removes what a killed one left. */
const DIRECTORY = join(tmpdir(), 'seedbed-cluster-test');
const CLUSTER_DIRECTORY = join(DIRECTORY, 'cluster');
const LOCK = join(tmpdir(), 'seedbed-cluster-test.lock');
const SWEEP_FILE = join(import.meta.dirname, 'sweep.yaml');
const AVAILABLE_TIMEOUT_MS = 180_000;
/** The overlay's cooldown and stabilisation, and the time that pods take to end. */
const SCALE_IN_TIMEOUT_MS = 180_000;

/**
 * @typedef {import('../../docker/testing/test-images.mjs').TestImages} TestImages
 * @typedef {import('../cluster/cluster.mjs').ClusterIngredients & {kedaManifests: string, prometheusKinds: string, images: TestImages}} Ingredients
 */

const reporter = createReporter();
const { step, passed } = createSteps(process.stdout);

async function main() {
  const release = await acquireLock(LOCK);
  const end = onInterrupt(removeEverything);
  try {
    await removeEverything();
    const kept = await findClusterPrograms(reporter);
    const programsAreBuilt = kept !== null && (await arePrometheusKindsHere(reporter));
    const missing = await missingPrerequisite({ programsAreBuilt });
    if (missing !== null) {
      process.stdout.write(`SKIPPED: test:cluster: ${missing}\n`);
      return;
    }
    mkdirSync(DIRECTORY, { mode: 0o700 });
    await runTest();
    process.stdout.write(`${passed()} passed, 0 failed\n`);
  } finally {
    end();
    release();
  }
}

async function removeEverything() {
  await Cluster.end(CLUSTER_DIRECTORY);
  rmSync(DIRECTORY, { recursive: true, force: true });
}

async function runTest() {
  try {
    await test();
  } finally {
    await step('nothing is left of the cluster', removeEverything);
  }
}

async function test() {
  const kubectl = await ensureKubectl(reporter);
  const { programs, kedaManifests } = await ensureClusterPrograms(reporter);
  const prometheusKinds = await ensurePrometheusKinds(reporter);
  /** @type {string[]} */
  const imageArchives = [];
  /** @type {TestImages | undefined} */
  let images;
  await step('images are built', async () => {
    const directory = join(DIRECTORY, 'images');
    imageArchives.push(...(await writeStaticImages(programs, directory)));
    const built = await buildSeedbedImages(directory);
    imageArchives.push(built.archive);
    images = built.images;
  });
  if (images === undefined) throw new TypeError('the step before would have failed');
  let expectedAnswer = '';
  await step('the sweep runs on this machine without a cluster', async () => {
    expectedAnswer = await localAnswer(SWEEP_FILE, join(DIRECTORY, 'local'));
  });
  const ingredients = { programs, kubectl, kedaManifests, prometheusKinds, imageArchives, images };
  await withCluster(ingredients, expectedAnswer);
}

/**
 * @param {Ingredients} ingredients
 * @param {string} expectedAnswer
 */
async function withCluster(ingredients, expectedAnswer) {
  const cluster = await startCluster(ingredients);
  const enforcer = await PolicyEnforcer.start(cluster);
  try {
    await testInstallation(cluster, enforcer, { ...ingredients, expectedAnswer });
  } finally {
    await enforcer.stop();
  }
}

/**
 * @param {Cluster} cluster
 * @param {PolicyEnforcer} enforcer
 * @param {{kubectl: string, images: TestImages, expectedAnswer: string}} ingredients
 */
async function testInstallation(cluster, enforcer, { kubectl, images, expectedAnswer }) {
  const overlay = await renderTestOverlay(join(DIRECTORY, 'k8s'), { kubectl, images });
  const installation = new Installation(cluster, enforcer, overlay.secrets);
  await step('the API server takes the manifests, validated strictly and without a warning', async () => {
    const namespace = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await cluster.apply(namespace);
    const onlyChecked = ['--dry-run=server', '--validate=strict', '--warnings-as-errors'];
    await cluster.apply(overlay.manifests, ...onlyChecked);
    // With a Redis elsewhere and the job that fetches the data; and the base by itself.
    await cluster.apply(overlay.production, ...onlyChecked);
    await cluster.apply(overlay.base, ...onlyChecked);
    await cluster.apply(makeVolumes(join(DIRECTORY, 'volumes'), NAMESPACE));
    await cluster.apply(overlay.manifests);
  });
  await step('coordinator and Redis are there, trainers are not', async () => {
    await available(installation);
    await installation.until('KEDA has scaled to 0', SCALE_IN_TIMEOUT_MS, async () => {
      return (await installation.pods('trainer')).length === 0;
    });
    return installation.findService();
  });
  await checkRefusals(step, installation);
  const sweep = { sweepFile: SWEEP_FILE, expectedAnswer, update: overlay.update };
  const sweepId = await runSweepUnderFire(step, installation, sweep);
  await step('KEDA scales back to 0 trainers', async () => {
    await installation.until('no trainer is left', SCALE_IN_TIMEOUT_MS, async () => {
      return (await installation.pods('trainer')).length === 0;
    });
  });
  await drillRestore(step, installation, { sweepId, expectedAnswer });
}

/** @param {Ingredients} ingredients */
async function startCluster(ingredients) {
  /** @type {Cluster | undefined} */
  let cluster;
  await step('a node is Ready', async () => {
    cluster = await Cluster.start(CLUSTER_DIRECTORY, ingredients);
  });
  if (cluster === undefined) throw new TypeError('the step before would have failed');
  const started = cluster;
  await step('names, KEDA and the kinds of Prometheus are there', async () => {
    await installCoreDns(started);
    await installKeda(started, ingredients);
    await installPrometheusKinds(started, ingredients.prometheusKinds);
    await addOnsAvailable(started);
  });
  return started;
}

/** @param {Installation} installation */
async function available(installation) {
  const wait = ['wait', '--for=condition=Ready', '--timeout=1s', 'pod'];
  for (const component of ['redis', 'coordinator']) {
    const selector = `--selector=app.kubernetes.io/component=${component}`;
    await installation.until(`${component} is ready`, AVAILABLE_TIMEOUT_MS, async () => {
      const { exitCode } = await installation.cluster.tryKubectl('--namespace', NAMESPACE, ...wait, selector);
      return exitCode === 0;
    });
  }
}

/** @param {() => Promise<void>} cleanUp @returns {() => void} gives the signals back */
function onInterrupt(cleanUp) {
  const interrupted = () => void cleanUp().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return () => {
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
  };
}

try {
  await main();
} catch (thrown) {
  // A step has said so already; anything else is a defect of the test.
  if (passed() === 0) throw thrown;
  process.stdout.write(`${passed()} passed, 1 failed\n`);
  process.exitCode = 1;
}
