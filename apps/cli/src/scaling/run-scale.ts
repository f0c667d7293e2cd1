/** `seedbed scale`: looks at what is wanted, again and again, and has a fleet go there. */
import { setTimeout as delay } from 'node:timers/promises';
import { InputError, REFERENCE_RUNS_PER_TRAINER, type ScaleResponse } from '@seedbed/contracts';
import { type CliContext, isInteractive, printJson, printLine } from '../cli-context.js';
import { ApiError } from '../client/api-error.js';
import type { CoordinatorClient } from '../client/coordinator-client.js';
import { openClient } from '../client/open-client.js';
import { UnreachableError } from '../errors.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { createLogWriter } from '../logger.js';
import { formatQuantity } from '../output/format.js';
import { whereToTrain } from '../system/where-to-train.js';
import { CommandFleet } from './command-fleet.js';
import { type Fleet, type FleetChange, NO_FLEET } from './fleet.js';
import { LocalFleet } from './local-fleet.js';
import { Target } from './target.js';

export interface ScaleOptions {
  readonly min: number;
  readonly max: number;
  /** Null for the coordinator's reference, times the children. */
  readonly runsPerTrainer: number | null;
  /** Training processes of each trainer. */
  readonly children: number;
  readonly intervalMs: number;
  readonly coolDownMs: number;
  readonly interrupt: boolean;
  readonly once: boolean;
  readonly dryRun: boolean;
  /** Null: processes of this machine. */
  readonly command: string | null;
  readonly redis: string | null;
  readonly json: boolean;
}

/** Ends with ok after `--once` only; else by a signal or a failure, both thrown after every trainer has ended. */
export async function runScale(context: CliContext, options: ScaleOptions): Promise<ExitCode> {
  checkOptions(options);
  // The next look is a try of its own.
  const client = openClient(context, options.once ? {} : { patienceMs: 0 });
  const fleet = await openFleet(context, options);
  const closing = new AbortController();
  try {
    const signal = AbortSignal.any([context.signal, closing.signal]);
    const looking = lookAndAct({ ...context, signal }, options, client, fleet);
    looking.catch(() => undefined);
    await Promise.race([looking, fleet.failed]);
    return EXIT_CODES.ok;
  } finally {
    closing.abort();
    await fleet.close();
  }
}

function checkOptions({ min, max, once, dryRun, command }: ScaleOptions): void {
  if (min > max) {
    throw new InputError([{ path: '--min', message: `${min} is more than the ${max} of --max` }]);
  }
  if (once && command === null && !dryRun) {
    const message =
      'trainers on this machine end with the command that started them: use it with --dry-run, or with --command';
    throw new InputError([{ path: '--once', message }]);
  }
}

async function openFleet(context: CliContext, options: ScaleOptions): Promise<Fleet> {
  const { stderr, environment, signal } = context;
  const { command, interrupt, children } = options;
  if (options.dryRun) return NO_FLEET;
  const warn = (message: string): void => printLine(stderr, `seedbed: ${message}`);
  if (command !== null) {
    const onOutput = (text: string): void => void stderr.write(text);
    return new CommandFleet({ command, environment, signal, interrupt, onOutput, onFailure: warn });
  }
  const logs = createLogWriter(stderr, environment);
  return new LocalFleet({
    environment: { ...environment, ...(await whereToTrain(context, options.redis)) },
    children,
    interrupt,
    onLogLine: (line) => logs.write(`${line}\n`),
    onDeath: warn,
  });
}

async function lookAndAct(
  context: CliContext,
  options: ScaleOptions,
  client: CoordinatorClient,
  fleet: Fleet,
): Promise<void> {
  const target = new Target(options);
  const show = createDisplay(context, options);
  let hasAnswered = false;
  for (;;) {
    try {
      const scale = await client.scale(runsPerTrainer(options));
      const { trainers } = await client.trainers();
      hasAnswered = true;
      const trainersTarget = target.next(scale.trainersWanted, performance.now());
      show({ ...scale, target: trainersTarget, ...(await fleet.goTo(trainersTarget, trainers)) });
    } catch (thrown: unknown) {
      // Nobody knows what is wanted: that is not 0, so all stays as it is.
      if (!isUnknown(thrown, hasAnswered) || options.once) throw thrown;
      show({ unknown: (thrown as Error).message });
    }
    if (options.once) return;
    await untilNextLook(options.intervalMs, context.signal);
  }
}

function runsPerTrainer({ runsPerTrainer: given, children }: ScaleOptions): number | undefined {
  return given ?? (children === 1 ? undefined : children * REFERENCE_RUNS_PER_TRAINER);
}

/** A coordinator that is away, restarts or leads no more; or, once it has answered, one that is being set up anew. */
function isUnknown(thrown: unknown, hasAnswered: boolean): boolean {
  if (thrown instanceof UnreachableError) return true;
  return thrown instanceof ApiError && (thrown.status >= 500 || hasAnswered);
}

async function untilNextLook(durationMs: number, signal: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

type Look = (ScaleResponse & FleetChange & { readonly target: number }) | { readonly unknown: string };

/** A line for whatever is news: for people on a terminal, JSON elsewhere. */
function createDisplay({ stdout, environment }: CliContext, { json }: ScaleOptions): (look: Look) => void {
  const forPeople = !json && isInteractive(stdout, environment);
  let last = '';
  return (look) => {
    const news = forPeople ? inWords(look) : JSON.stringify(look);
    if (news === last) return;
    last = news;
    if (forPeople) printLine(stdout, news);
    else printJson(stdout, { at: new Date().toISOString(), ...look });
  };
}

function inWords(look: Look): string {
  if ('unknown' in look) return `not known what is wanted, so nothing changes: ${look.unknown}`;
  const { outstandingRuns, trainersTraining, target, running, started, ended } = look;
  const changes = [started > 0 ? `${started} started` : '', ended > 0 ? `${ended} asked to end` : ''];
  const here = running === null ? '' : `, ${running} here`;
  return [
    `${formatQuantity(outstandingRuns, 'run')} outstanding: ${formatQuantity(target, 'trainer')} wanted${here}, ${trainersTraining} training`,
    ...changes.filter((change) => change !== ''),
  ].join(', ');
}
