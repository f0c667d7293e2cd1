/**
 * The training child: the only process that loads TensorFlow. It knows its supervisor and the data cache, nothing else;
 * it has no credentials and opens no connection but to fetch the data.
 */
import { coerceError, RetryableError } from '@seedbed/contracts';
import { type Backend, measureWidths, openBackend, type WidthTime } from '@seedbed/model';
import { CheckpointCadence } from './checkpoint-cadence.js';
import { ChildReport } from './child-report.js';
import { runPack } from './pack-training.js';
import { type FromChild, MESSAGE_TEXT_MAX, type PackOrder, toChildSchema } from './protocol.js';
import { TrainingDataCache } from './training-data.js';

/** While data is read, which takes seconds without a window. */
const LOADING_BEAT_MS = 5_000;

async function main(): Promise<void> {
  // A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group; when to end is the supervisor's decision.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  const backend = await openBackend();
  let current: { packId: number; cancelled: Set<number> } | null = null;
  let noted = '';
  const cache = new TrainingDataCache(backend, ({ phase, source, message }) => {
    const note = message ?? `${phase}: ${source}`;
    if (current === null || note === noted) return;
    noted = note;
    send({ type: 'working', packId: current.packId, note: note.slice(0, MESSAGE_TEXT_MAX) });
  });

  async function trainAndReport(order: PackOrder): Promise<void> {
    const { packId, members, checkpoints, checkpointIntervalMs, models = false } = order;
    const pack = { packId, cancelled: new Set<number>() };
    current = pack;
    const report = new ChildReport(packId, send);
    const cadence = new CheckpointCadence(checkpointIntervalMs);
    const beat = setInterval(() => send({ type: 'working', packId, note: null }), LOADING_BEAT_MS);
    try {
      await runPack({
        backend,
        cache,
        members,
        checkpoints,
        models,
        events: {
          onProgress: (member, progress) => {
            // From here on windows are the sign of life: a timer would hide training that no longer moves.
            clearInterval(beat);
            report.note(member, progress);
          },
          onResult: (member, result, time) => {
            report.flush();
            send({ type: 'result', packId, member, result, time });
          },
          isCancelled: (member) => pack.cancelled.has(member),
          onNote: (note) => send({ type: 'working', packId, note: note.slice(0, MESSAGE_TEXT_MAX) }),
          isCheckpointDue: () => cadence.isDue(),
          onCheckpoint: (member, checkpoint) =>
            send({ type: 'checkpoint', packId, member, ...checkpoint }, cadence.sending()),
          onModel: (member, model) => send({ type: 'model', packId, member, ...model }),
        },
      });
      // maxRSS is in KiB.
      send({ type: 'done', packId, peakBytes: process.resourceUsage().maxRSS * 1024 });
    } catch (thrown) {
      const retryable = thrown instanceof RetryableError;
      send({ type: 'error', packId, message: textOf(coerceError(thrown)), retryable });
    } finally {
      clearInterval(beat);
      current = null;
    }
  }

  process.on('message', (raw) => {
    // A message of another shape is a fault of the supervisor: the exception ends this child, with the reason on stderr.
    const message = toChildSchema.parse(raw);
    if (message.type === 'measure') send({ type: 'measured', widths: widthsOf(backend) });
    else if (message.type === 'pack') void trainAndReport(message);
    else if (message.packId === current?.packId) {
      for (const member of message.members) current.cancelled.add(member);
    }
  });
  send({
    type: 'hello',
    backend: backend.name,
    tensorflow: backend.tensorflow,
    numericsClass: backend.numericsClass,
    fallbackReason: backend.fallbackReason?.slice(0, MESSAGE_TEXT_MAX) ?? null,
  });
}

/** WebAssembly would take seconds, and gains little by width. */
function widthsOf(backend: Backend): WidthTime[] {
  return backend.name === 'tensorflow' ? measureWidths(backend.kernels) : [];
}

function send(message: FromChild, sent: () => void = () => undefined): void {
  // Without a supervisor there is nobody to tell; 'disconnect' ends the process.
  if (process.connected) process.send?.(message, sent);
}

function textOf(error: Error): string {
  return (error.stack ?? error.message).slice(0, MESSAGE_TEXT_MAX);
}

void main();
