/**
 * Loaded into coordinators and trainers by the fault suite (`--require`), so that the product carries no switch for tests.
 *
 * - SEEDBED_HISTORY: a file; gets a JSON line for every claim, end of a block, commit (before and after) and lease.
 * - SEEDBED_CRASH_AT: `<point>` or `<point>:<nth>`; there the process kills itself with SIGKILL. A point is `before:` or
 *   `after:` and the name of a command to Redis (`Connection.run` in libs/queue names them all) with hyphens in place of
 *   what is no letter: `before:write-a-decision`, `after:commit-a-result:3`.
 * - SEEDBED_STOP_AT: a point `before:…` as above, counted from the first sweep that this process has created; there it stops
 *   (SIGSTOP) until it is told to go on, with the command in its hands.
 * - SEEDBED_MARK_AT: a point as above; there the file SEEDBED_MARK_PATH is made, which a proxy looks for.
 */
const { appendFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');

const queueDist = join(__dirname, '..', '..', '..', 'libs', 'queue', 'dist');
const history = process.env.SEEDBED_HISTORY;
const crashAt = /^((?:before|after):[a-z-]+)(?::(\d+))?$/;
const [, point = null, nth = '1'] = crashAt.exec(process.env.SEEDBED_CRASH_AT ?? '') ?? [];

/** One short line in one write to a file opened for appending: lines of many processes do not mix, and outlive a kill. */
function note(event) {
  if (!history) return;
  appendFileSync(history, `${JSON.stringify({ ...event, atMs: Date.now(), processId: process.pid })}\n`);
}

const [, markedPoint = null, markedNth = '1'] = crashAt.exec(process.env.SEEDBED_MARK_AT ?? '') ?? [];
const markPath = process.env.SEEDBED_MARK_PATH ?? '';
let marked = 0;

const [, stopPoint = null, stopNth = '1'] = crashAt.exec(process.env.SEEDBED_STOP_AT ?? '') ?? [];
/** What was answered before is on its way by then, so that whoever asked is not stopped as well. */
const BEFORE_STOP_MS = 150;
let stopped = 0;
let hasCreated = false;
async function stop(here) {
  if (!hasCreated || here !== stopPoint || (stopped += 1) !== Number(stopNth)) return;
  await delay(BEFORE_STOP_MS);
  note({ type: 'stopped', point: process.env.SEEDBED_STOP_AT });
  process.kill(process.pid, 'SIGSTOP');
}

let met = 0;
function pass(here) {
  if (here === markedPoint && (marked += 1) === Number(markedNth)) writeFileSync(markPath, '');
  if (here !== point || (met += 1) !== Number(nth)) return;
  note({ type: 'crash', point: process.env.SEEDBED_CRASH_AT });
  process.kill(process.pid, 'SIGKILL');
  // The signal of one's own process is delivered before the call returns; nothing after this is reached.
}

const pointName = (what) =>
  what
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-+|-+$/g, '');

const { Connection } = require(join(queueDist, 'connection.js'));
const run = Connection.prototype.run;
Connection.prototype.run = async function (what, ...rest) {
  const name = pointName(what);
  pass(`before:${name}`);
  await stop(`before:${name}`);
  try {
    const result = await run.call(this, what, ...rest);
    pass(`after:${name}`);
    if (name === 'create-a-sweep') hasCreated = true;
    return result;
  } catch (error) {
    if (error.name === 'LeaseLostError') note({ type: 'refused', command: name });
    throw error;
  }
};

const storeModule = require(join(queueDist, 'sweep-store.js'));
const { openSweepStore } = storeModule;
storeModule.openSweepStore = async (settings) => observeStore(await openSweepStore(settings));

const queueModule = require(join(queueDist, 'block-queue.js'));
const { openBlockQueue } = queueModule;
queueModule.openBlockQueue = async (settings) => observeQueue(await openBlockQueue(settings));

function observeStore(store) {
  const commit = store.commit.bind(store);
  store.commit = async (offered) => {
    const { runId, digest } = offered;
    note({ type: 'commit', phase: 'invoke', runId, digest });
    const outcome = await commit(offered);
    note({ type: 'commit', phase: 'ok', runId, digest, outcome });
    return outcome;
  };
  const holdLease = store.holdLease.bind(store);
  let epoch = null;
  store.holdLease = async (...values) => {
    const lease = await holdLease(...values);
    if (lease !== null && lease.epoch !== epoch) note({ type: 'lead', epoch: lease.epoch });
    epoch = lease?.epoch ?? null;
    return lease;
  };
  const fenced = store.fenced.bind(store);
  store.fenced = (lease) => observeStore(fenced(lease));
  return store;
}

function observeQueue(queue) {
  const claim = queue.claim.bind(queue);
  queue.claim = async (token) => {
    const block = await claim(token);
    if (block !== null) {
      const { jobId, attempt } = block;
      const runIds = block.job.runs.map((run) => run.runId);
      note({ type: 'claim', jobId, attempt, runIds });
    }
    return block;
  };
  for (const how of ['complete', 'handBack', 'fail']) {
    const end = queue[how].bind(queue);
    queue[how] = async (block, ...rest) => {
      const outcome = await end(block, ...rest);
      note({ type: 'end', how, jobId: block.jobId, outcome });
      return outcome;
    };
  }
  return queue;
}
