/** Starts training children for whoever supervises them: with this machine's wrappers, deadlines and memory. */
import type { Logger } from 'pino';
import { thisMachine } from './available-cores.js';
import { childCommand, childEnvironment, findWrappers } from './child-command.js';
import { forkTrainingChild, type TrainingChild } from './training-child.js';

/** Longer than the longest thing that a child does without a word: decoding the data, one window of a slow machine. */
export const HANG_DEADLINE_MS = 60_000;
/** Loading TensorFlow takes 1 to 3 s, on a busy machine with a cold disk much longer. */
export const START_DEADLINE_MS = 120_000;

export type ForkChild = (slotIndex: number) => Promise<TrainingChild>;

export interface ChildForkOptions {
  /** The child's program; it speaks the messages of protocol.ts. */
  readonly childPath: string;
  readonly childArguments?: readonly string[];
  /** How many there will be; they share the machine's memory. */
  readonly children: number;
  /** The longest silence of a child that trains. @default HANG_DEADLINE_MS */
  readonly hangDeadlineMs?: number;
  /** The most memory that a child may have resident. @default by its widest pack, within its share of the machine */
  readonly childMemoryBytes?: number | null;
  readonly logger: Logger;
}

/** @param draining starts nothing more and ends what starts just now */
export async function childFork(
  options: ChildForkOptions,
  draining: AbortSignal,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ForkChild> {
  const wrappers = await findWrappers(options.children);
  if (!wrappers.parentDeathSignal) {
    options.logger.warn(
      'no setpriv here: after a SIGKILL of this process a child ends its training step first',
    );
  }
  const inherited = childEnvironment(environment);
  return (slotIndex) =>
    forkTrainingChild(
      {
        childPath: options.childPath,
        childArguments: options.childArguments ?? [],
        command: childCommand(slotIndex, wrappers),
        environment: inherited,
        startDeadlineMs: START_DEADLINE_MS,
        hangDeadlineMs: options.hangDeadlineMs ?? HANG_DEADLINE_MS,
        memory: {
          grantedBytes: thisMachine().memoryBytes / options.children,
          limitBytes: options.childMemoryBytes ?? null,
        },
        logger: options.logger.child({ slot: slotIndex }),
      },
      draining,
    );
}
