/**
 * What Seedbed is compared with: BullMQ as its documentation starts, every setting at its default. Started by
 * src/baseline/ as processes of their own, because everything else in this repository reaches BullMQ through libs/queue.
 *
 * - `worker`: takes jobs; each lasts `job.data.durationMs`, then has its effect: a line in the history. With `PLAIN_BLOCKING` the
 *   job holds the process's loop for that time, as training by synchronous calls does.
 * - `queue`: adds `PLAIN_JOBS` jobs and, on the message "look", answers with the state of each.
 *
 * PLAIN_REDIS_URL, SEEDBED_HISTORY, PLAIN_JOBS, PLAIN_DURATIONS ("least,most", in ms), PLAIN_BLOCKING.
 */
const { createHash } = require('node:crypto');
const { appendFileSync } = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');
const { Queue, Worker } = require('bullmq');

const QUEUE = 'plain';
const connection = { url: process.env.PLAIN_REDIS_URL };
const note = (event) =>
  appendFileSync(
    process.env.SEEDBED_HISTORY,
    `${JSON.stringify({ ...event, atMs: Date.now(), processId: process.pid })}\n`,
  );
const digestOf = (jobId) => createHash('sha256').update(jobId).digest('hex');
/** Waiting for it to change holds the loop and leaves the processor to others. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
// The server's absence is part of the trial, not an error of this program.
const ignore = () => undefined;

function work() {
  const worker = new Worker(
    QUEUE,
    async (job) => {
      const runId = job.id;
      const digest = digestOf(runId);
      note({ type: 'claim', jobId: runId, attempt: job.attemptsStarted, runIds: [runId] });
      if (process.env.PLAIN_BLOCKING) Atomics.wait(NEVER, 0, 0, job.data.durationMs);
      else await delay(job.data.durationMs);
      note({ type: 'commit', phase: 'invoke', runId, digest });
      note({ type: 'commit', phase: 'ok', runId, digest, outcome: 'committed' });
      return digest;
    },
    // Only so that a job that holds the loop does not hold up the message that says that it is there.
    { connection, autorun: false },
  );
  worker.on('error', ignore);
  worker.on('completed', (job) =>
    note({ type: 'end', how: 'complete', jobId: job.id, outcome: 'completed' }),
  );
  process.on(
    'SIGTERM',
    () =>
      void worker.close().then(
        () => process.exit(0),
        () => process.exit(1),
      ),
  );
  worker.waitUntilReady().then(() => process.send({ type: 'ready' }, () => void worker.run().catch(ignore)));
}

async function manage() {
  const queue = new Queue(QUEUE, { connection });
  queue.on('error', ignore);
  const [least, most] = process.env.PLAIN_DURATIONS.split(',').map(Number);
  const ids = Array.from({ length: Number(process.env.PLAIN_JOBS) }, (_, index) => `run-${index}`);
  const share = (id) => Number.parseInt(digestOf(id).slice(0, 4), 16) / 0xffff;
  await queue.addBulk(
    ids.map((id) => ({
      name: 'run',
      data: { durationMs: least + share(id) * (most - least) },
      opts: { jobId: id },
    })),
  );
  process.on('message', async () => {
    const jobs = await Promise.all(
      ids.map(async (id) => {
        const job = await queue.getJob(id);
        const state = (await job?.getState()) ?? 'missing';
        return {
          id,
          state,
          digest: state === 'completed' ? job.returnvalue : null,
          reason: job?.failedReason ?? '',
        };
      }),
    );
    process.send({ type: 'jobs', jobs });
  });
  process.on('SIGTERM', () => process.exit(0));
  process.send({ type: 'ready' });
}

if (process.argv[2] === 'worker') work();
else manage();
