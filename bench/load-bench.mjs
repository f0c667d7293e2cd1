// Many trainers and many runs against a real coordinator and a real server: trainers whose children make results up, so that
// everything but training is as it always is. Says whether anything was lost, and what coordinator and server used.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findServerBinary, startEmbeddedServer } from '@seedbed/queue';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';
import { describeMachine, describeVersions } from './machine.mjs';
import { usageOf } from './process-usage.mjs';
import { scriptTimes, serverMemoryBytes } from './server-memory.mjs';
import { quantile } from './statistics.mjs';

const SEEDS = 5;
/**
 * Trainers share processes, or fifty of Node would take the memory of everything else. While one of them is served its neighbours
 * wait, which no trainer in a process of its own would; so what a claim takes is told beside how long these processes were held up.
 */
const TRAINERS_PER_PROCESS = 10;
const POLL_MS = 100;
/** What is not through after this never will be. */
const DEADLINE_SECONDS = 60;
const DEADLINE_SECONDS_PER_RUN = 0.01;

/** Packs of a real sweep take minutes: with `packSeconds` as short as these, claims and commits come 20 times as fast. */
export const LOAD_SIZES = {
  full: { trainers: 50, runs: 100_000, packSeconds: 2 },
  quick: { trainers: 10, runs: 10_000, packSeconds: 0.5 },
  smallest: { trainers: 3, runs: 500, packSeconds: 0.05 },
};

/**
 * @param {object} options
 * @param {'full' | 'quick' | 'smallest'} options.sizeName
 * @param {(text: string) => void} options.say
 */
export async function runLoadBench({ sizeName, say }) {
  const size = LOAD_SIZES[sizeName];
  const directory = mkdtempSync(join(tmpdir(), 'seedbed-load-'));
  const server = await startEmbeddedServer({ binaryPath: await findServerBinary(), directory });
  const closing = [
    async () => server.stop().finally(() => rmSync(directory, { recursive: true, force: true })),
  ];
  try {
    const coordinator = await startCoordinator(server.urls.coordinator);
    closing.push(() => ended(coordinator.process));
    const trainers = await startTrainers(server.urls.trainer, size);
    closing.push(() => Promise.all(trainers.map(ended)));
    const ping = fork(join(repositoryRoot, 'bench', 'workers', 'ping.mjs'));
    closing.push(() => ended(ping));
    ping.send({ url: server.urls.coordinator });
    await once(ping, 'message');
    say(`${size.trainers} trainers are there; launching ${size.runs} runs`);
    const before = {
      memory: await serverMemoryBytes(server.urls.coordinator),
      use: usageOf(coordinator.processId),
    };
    const watch = watchLatency(coordinator.url);
    const startedAt = performance.now();
    const sweepId = await launch(coordinator.url, size.runs);
    const launchSeconds = (performance.now() - startedAt) / 1000;
    const peakServerBytes = await completed(coordinator.url, sweepId, server.urls.coordinator, {
      runs: size.runs,
      say,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const use = usageOf(coordinator.processId);
    const serverUse = usageOf(server.processId);
    const latencies = await watch.stop();
    const trainersSeconds = trainers.reduce((sum, { pid = 0 }) => sum + usageOf(pid).processorSeconds, 0);
    const { tookMs: pingMs } = await report(ping);
    const scripts = await scriptTimes(server.urls.coordinator);
    const reports = await Promise.all(trainers.map(report));
    const claimMs = reports.flatMap((each) => each.claimMs);
    const after = {
      memory: await serverMemoryBytes(server.urls.coordinator),
      use: usageOf(coordinator.processId),
    };
    const answer = await (await fetch(`${coordinator.url}/v1/sweeps/${sweepId}/answer`)).json();
    return {
      schemaVersion: 1,
      date: new Date().toISOString(),
      machine: describeMachine(),
      versions: describeVersions(),
      size: sizeName,
      settings: size,
      seconds,
      launchSeconds,
      runsPerSecond: size.runs / seconds,
      ...outcomeOf(reports, answer),
      coordinator: {
        cores: (use.processorSeconds - before.use.processorSeconds) / seconds,
        peakBytes: use.peakBytes,
        peakBytesWithAnswer: after.use.peakBytes,
        answerMs: timesOf(latencies),
      },
      server: {
        cores: serverUse.processorSeconds / seconds,
        peakBytes: peakServerBytes,
        bytesPerRun: (after.memory - before.memory) / size.runs,
        diskBytesPerRun: (await bytesUnder(join(directory, 'appendonlydir'))) / size.runs,
      },
      claims: { count: claimMs.length, ...timesOf(claimMs) },
      trainers: {
        processes: trainers.length,
        cores: trainersSeconds / seconds,
        heldUpMs: {
          p50: Math.max(...reports.map(({ heldUp }) => heldUp.p50)),
          p99: Math.max(...reports.map(({ heldUp }) => heldUp.p99)),
          max: Math.max(...reports.map(({ heldUp }) => heldUp.max)),
        },
      },
      pings: timesOf(pingMs),
      scripts,
    };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** @param {readonly number[]} tookMs */
function timesOf(tookMs) {
  const max = tookMs.reduce((most, value) => Math.max(most, value), 0);
  return { p50: quantile(tookMs, 0.5), p99: quantile(tookMs, 0.99), max };
}

/**
 * @param {string} redisUrl
 */
async function startCoordinator(redisUrl) {
  const child = fork(join(repositoryRoot, 'apps', 'coordinator', 'dist', 'main.js'), [], {
    env: {
      ...process.env,
      REDIS_URL: redisUrl,
      SEEDBED_LISTEN: '127.0.0.1:0',
      SEEDBED_TOKEN: '',
      SEEDBED_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ url }] = await once(child, 'message');
  return { process: child, processId: child.pid ?? 0, url: /** @type {string} */ (url) };
}

/**
 * @param {string} url
 * @param {{trainers: number, packSeconds: number}} size
 */
async function startTrainers(url, { trainers, packSeconds }) {
  const names = Array.from({ length: trainers }, (_, index) => `load-${index + 1}`);
  const children = [];
  for (let first = 0; first < trainers; first += TRAINERS_PER_PROCESS) {
    const child = fork(join(repositoryRoot, 'bench', 'workers', 'fake-trainers.mjs'));
    child.send({ url, names: names.slice(first, first + TRAINERS_PER_PROCESS), packSeconds });
    await once(child, 'message');
    children.push(child);
  }
  return children;
}

/** @param {import('node:child_process').ChildProcess} child */
async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<any>} what it has measured
 */
async function report(child) {
  const answered = once(child, 'message');
  child.send({});
  return (await answered)[0];
}

/**
 * @param {string} url
 * @param {number} runs
 * @returns {Promise<string>} sweep id
 */
async function launch(url, runs) {
  const spec = {
    seedbed: 1,
    name: 'load',
    seeds: SEEDS,
    sampler: { kind: 'random', trials: runs / SEEDS, seed: 1 },
    parameters: { lambda: { min: 1e-6, max: 0.1, scale: 'log' } },
  };
  const response = await fetch(`${url}/v1/sweeps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ spec }),
  });
  if (!response.ok) throw new Error(`launch: ${await response.text()}`);
  return (await response.json()).sweepId;
}

/**
 * @param {string} url
 * @param {string} sweepId
 * @param {string} redisUrl
 * @param {{runs: number, say: (text: string) => void}} options
 * @returns {Promise<number>} the most memory that the server used
 */
async function completed(url, sweepId, redisUrl, { runs, say }) {
  const seconds = DEADLINE_SECONDS + runs * DEADLINE_SECONDS_PER_RUN;
  const giveUpAt = performance.now() + seconds * 1000;
  let peakBytes = 0;
  for (let look = 1; performance.now() < giveUpAt; look += 1) {
    // The scale, because it costs nothing: the status of a sweep reads all its commits.
    const response = await fetch(`${url}/v1/scale`);
    const open = response.ok ? (await response.json()).outstandingRuns : null;
    peakBytes = Math.max(peakBytes, await serverMemoryBytes(redisUrl));
    if (look % 100 === 0) say(`${open} runs are outstanding`);
    if (open === 0) {
      const { state, reason } = await (await fetch(`${url}/v1/sweeps/${sweepId}`)).json();
      if (state === 'completed') return peakBytes;
      if (state !== 'running') throw new Error(`the sweep ended ${state}: ${reason}`);
    }
    await delay(POLL_MS);
  }
  throw new Error(`not completed within ${seconds} s`);
}

/**
 * Asks the coordinator for the least it can say, over and over: how long that takes is how long its loop is held up.
 * @param {string} url
 */
function watchLatency(url) {
  /** @type {number[]} */
  const latencies = [];
  let on = true;
  const watching = (async () => {
    while (on) {
      const since = performance.now();
      await (await fetch(`${url}/v1/health/live`)).text();
      latencies.push(performance.now() - since);
      await delay(10);
    }
  })();
  return {
    stop: async () => {
      on = false;
      await watching;
      return latencies;
    },
  };
}

/**
 * @param {readonly {commits: Record<string, number>[]}[]} reports
 * @param {import('@seedbed/contracts').Answer} answer
 */
function outcomeOf(reports, answer) {
  /** @type {Record<string, number>} */
  const commits = {};
  for (const counts of reports.flatMap((each) => each.commits)) {
    for (const [outcome, count] of Object.entries(counts)) commits[outcome] = (commits[outcome] ?? 0) + count;
  }
  const inAnswer = answer.stages
    .flatMap(({ trials }) => trials)
    .reduce((sum, { runs }) => sum + runs.length, 0);
  return { commits, runsInAnswer: inAnswer, complete: answer.complete };
}

/** @param {string} directory */
async function bytesUnder(directory) {
  const names = await readdir(directory).catch(() => []);
  return names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}
