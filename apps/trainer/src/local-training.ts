/**
 * Trains runs on this machine with training children of its own: no queue and no records. What `seedbed verify` and the
 * export of weights stand on: the very child that trains for a sweep, on the settings alone.
 */
import {
  packKeyOf,
  type RunResult,
  type RunSettings,
  RetryableError,
  TerminalError,
} from '@seedbed/contracts';
import { type ChildForkOptions, childFork } from './child-forking.js';
import { hiddenUnitsOf } from './child-memory.js';
import type { ChildIdentity, NetworkModel } from './protocol.js';
import type { TrainingChild } from './training-child.js';

/** Full speed wherever it was measured, and little memory; results do not depend on it. */
const HIDDEN_UNITS_PER_PACK = 1_250;

export interface LocalTrainingOptions extends ChildForkOptions {
  readonly runs: readonly RunSettings[];
  /** Of this process; what a child inherits of it is chosen. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Before anything is trained. */
  readonly onStart?: (identity: ChildIdentity) => void;
  /** `run`: place in `runs`. */
  readonly onResult: (run: number, result: RunResult) => void;
  /** Given, the models of the runs that train to their end are made. */
  readonly onModel?: (run: number, model: NetworkModel) => void;
}

/**
 * Resolves when every run has its result; leaves no child behind.
 *
 * @returns what the children are
 * @throws RetryableError when the data could not be fetched, TerminalError when a child ended or training failed,
 *   the signal's reason
 */
export async function trainLocally(options: LocalTrainingOptions): Promise<ChildIdentity> {
  const packs = packsOf(options.runs, options.children);
  const children = Math.min(options.children, Math.max(1, packs.length));
  const ended = new AbortController();
  const forkChild = await childFork({ ...options, children }, ended.signal, options.environment);
  const started: TrainingChild[] = [];
  const stop = () => {
    ended.abort();
    for (const child of started) child.kill();
  };
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    options.signal.throwIfAborted();
    const first = await forkChild(0);
    started.push(first);
    options.onStart?.(first.identity);
    const rest = Array.from({ length: children - 1 }, async (_, place) => {
      const child = await forkChild(place + 1);
      started.push(child);
      await trainAll(child, packs, options);
    });
    await Promise.all([trainAll(first, packs, options), ...rest]);
    options.signal.throwIfAborted();
    return first.identity;
  } catch (thrown: unknown) {
    options.signal.throwIfAborted();
    throw thrown;
  } finally {
    options.signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Places of runs that train together. */
type LocalPack = readonly number[];

/** Takes packs until none is left. */
async function trainAll(
  child: TrainingChild,
  packs: LocalPack[],
  { runs, signal, onResult, onModel }: LocalTrainingOptions,
): Promise<void> {
  for (let pack = packs.shift(); pack !== undefined && !signal.aborted; pack = packs.shift()) {
    const places = pack;
    const runAt = (member: number): number => places[member] ?? NaN;
    const outcome = await child.train(
      {
        members: places.map((place) => runs[place]!),
        checkpoints: null,
        checkpointIntervalMs: null,
        models: onModel !== undefined,
      },
      {
        onProgress: () => undefined,
        onCheckpoint: () => undefined,
        onSignOfLife: () => undefined,
        onResult: (member, result) => onResult(runAt(member), result),
        onModel: (member, model) => onModel?.(runAt(member), model),
      },
    );
    if (outcome.kind === 'died') throw new TerminalError(outcome.death.reason);
    if (outcome.kind === 'error') {
      throw outcome.retryable ? new RetryableError(outcome.message) : new TerminalError(outcome.message);
    }
  }
}

/** Runs that may share matrix products, in packs narrow enough that every child gets some. */
function packsOf(runs: readonly RunSettings[], children: number): LocalPack[] {
  const groups = new Map<string, number[]>();
  for (const [place, settings] of runs.entries()) {
    const key = packKeyOf(settings);
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()].flatMap((places) => {
    const hidden = Math.max(...places.map((place) => hiddenUnitsOf(runs[place]!)));
    const width = Math.max(
      1,
      Math.min(Math.floor(HIDDEN_UNITS_PER_PACK / hidden), Math.ceil(places.length / children)),
    );
    return Array.from({ length: Math.ceil(places.length / width) }, (_, at) =>
      places.slice(at * width, (at + 1) * width),
    );
  });
}
