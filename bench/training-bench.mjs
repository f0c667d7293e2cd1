// The main benchmark: the engine, one-at-a-time tfjs-node and the machine's peak in turn, then the whole system.
import { compareAccuracies } from './accuracy.mjs';
import { askAll, OWN_CONTENDERS, PACK_NETWORKS, PEAK, startContender, stopContender } from './contenders.mjs';
import { coreCount, describeMachine, describeVersions } from './machine.mjs';
import { BATCH_SIZE, coarseNetworks, flopPerNetworkStep, HIDDEN } from './networks.mjs';
import { measureRounds, speedOf } from './rounds.mjs';
import { scaledSteps } from './sizes.mjs';
import { mean, median, spreadOf, sum } from './statistics.mjs';
import { measureSystem } from './system-bench.mjs';

/**
 * @typedef {import('./contenders.mjs').Contender} Contender
 * @typedef {import('./sizes.mjs').Size} Size
 * @typedef {import('./rounds.mjs').Round} Round
 * @typedef {import('./statistics.mjs').Spread} Spread
 * @typedef {Awaited<ReturnType<typeof measureSystem>> | null} SystemResult
 *
 * @typedef {object} PeerSupport what `--peers` adds
 * @property {import('./contenders.mjs').ContenderKind[]} kinds
 * @property {Record<string, string>} versions
 * @property {string} dataDirectory exported for them
 * @property {(size: Size, system: NonNullable<SystemResult>) => ReturnType<typeof import('./peers/coarse-bench.mjs').measureCoarse>} measureCoarse
 */

/** Evaluates at every epoch on training and validation images, as figures need it. */
const CURVES = { name: 'engineWithCurves', cadence: /** @type {const} */ ('epoch') };

/**
 * @param {object} options
 * @param {string} options.sizeName
 * @param {Size} options.size
 * @param {PeerSupport | null} options.peers
 * @param {(text: string) => void} options.say
 */
export async function runTrainingBench({ sizeName, size, peers, say }) {
  const { keepDisturbed } = size;
  const processes = size.processes || coreCount();
  const kinds = [...OWN_CONTENDERS, ...(peers?.kinds ?? [])];
  /** @type {Contender[]} */
  const started = [];
  try {
    const peak = await startContender(PEAK, processes);
    started.push(peak);
    for (const kind of kinds) started.push(await startContender(kind, processes));
    const contenders = started.slice(1);
    say(`preparing ${contenders.map(({ name }) => name).join(', ')}: ${processes} processes each`);
    const engineFacts = await prepareAll(contenders, size, peers);
    const accuracy = await compareAccuracies(contenders, size.accuracy);
    for (const contender of contenders) await choosePackSize(contender, size);
    say(`accuracies agree: ${JSON.stringify(accuracy.means)}`);
    const measured = await measureRounds(measurementsOf({ peak, contenders }, size), {
      rounds: size.rounds,
      keepDisturbed,
      say,
    });
    const meter = new PeakMeter(peak, bestShapeOf(measured.rounds), size);
    for (const contender of contenders) stopContender(contender);
    const system = size.system ? await measureSystem({ meter, size: size.system, keepDisturbed, say }) : null;
    const coarse = peers && system ? await peers.measureCoarse(size, system) : null;
    return {
      schemaVersion: 1,
      date: new Date().toISOString(),
      size: sizeName,
      machine: describeMachine(),
      versions: { ...describeVersions(), ...engineFacts, ...peers?.versions },
      settings: {
        processes,
        packNetworks: Object.fromEntries(contenders.map(({ name, kind }) => [name, kind.networks])),
        trainImages: size.train.count,
        validationImages: size.validation.count,
        batchSize: BATCH_SIZE,
        hidden: HIDDEN,
        flopPerNetworkStep: flopPerNetworkStep(),
      },
      ...conclude(measured, {
        labels: Object.fromEntries(kinds.map(({ name, label }) => [name, label])),
        size,
        system,
      }),
      accuracy,
      system,
      ...(coarse && { coarse }),
    };
  } finally {
    for (const contender of started) stopContender(contender);
  }
}

/**
 * One after another: loading is work for all cores.
 * @param {readonly Contender[]} contenders
 * @param {Size} size
 * @param {PeerSupport | null} peers
 * @returns {Promise<{backend: string, tensorflow: string, numericsClass: string}>}
 */
async function prepareAll(contenders, { train, validation }, peers) {
  let facts;
  for (const contender of contenders) {
    const directory = peers?.dataDirectory;
    const [answer] = await askAll(contender, 'prepare', () => ({
      train,
      validation,
      batchSize: BATCH_SIZE,
      directory,
    }));
    facts ??= answer;
  }
  if (facts.backend !== 'tensorflow') {
    throw new Error(
      `the benchmark needs TensorFlow's native kernels; this is ${facts.backend}: ${facts.fallbackReason}`,
    );
  }
  return { backend: facts.backend, tensorflow: facts.tensorflow, numericsClass: facts.numericsClass };
}

/**
 * @param {{peak: Contender, contenders: readonly Contender[]}} of
 * @param {Size} size
 */
function measurementsOf({ peak, contenders }, size) {
  const training = contenders.map((contender) => ({
    name: contender.name,
    measure: () => measureTraining(contender, size),
  }));
  const engine = contenders.find(({ name }) => name === 'engine');
  return [
    { name: PEAK.name, measure: () => measurePeak(peak, size) },
    ...training,
    ...(engine ? [{ name: CURVES.name, measure: () => measureTraining(engine, size, CURVES.cadence) }] : []),
  ];
}

/**
 * @param {Contender} contender
 * @param {Size} size
 * @param {'end' | 'epoch'} [cadence]
 * @returns {Promise<import('./rounds.mjs').Measured>}
 */
async function measureTraining(contender, size, cadence = 'end') {
  const { networks } = contender.kind;
  const answers = await askAll(contender, 'train', (process) => ({
    networks: coarseNetworks(process * networks, networks),
    hidden: HIDDEN,
    steps: scaledSteps(contender.kind.steps, size),
    judge: false,
    cadence,
  }));
  const speed = { networkStepsPerSecond: speedOf(answers) };
  if (contender.name !== 'engine') return speed;
  return {
    ...speed,
    evaluationSeconds: 1 / sum(answers.map((answer) => networks / answer.evaluationSeconds)),
    evaluationsPerStep: mean(answers.map((answer) => answer.evaluationsPerStep)),
  };
}

/**
 * For those that may choose: whatever is fastest in a trial after a warm-up becomes theirs.
 * @param {Contender} contender
 * @param {Size} size
 */
async function choosePackSize(contender, size) {
  let fastest = { networks: contender.kind.networks, speed: 0 };
  for (const networks of contender.kind.packSizes ?? []) {
    // The same number of network steps for each.
    const steps = Math.round((contender.kind.steps * PACK_NETWORKS) / networks);
    const candidate = { ...contender, kind: { ...contender.kind, networks, steps } };
    await measureTraining(candidate, size);
    const { networkStepsPerSecond: speed = 0 } = await measureTraining(candidate, size);
    if (speed > fastest.speed) {
      fastest = { networks, speed };
      contender.kind = candidate.kind;
    }
  }
}

/**
 * @param {Contender} peak
 * @param {Size} size
 * @returns {Promise<{flopPerSecond: Record<string, number>}>} of all cores together
 */
async function measurePeak(peak, { peakSeconds }) {
  const answers = await askAll(peak, 'measure', () => ({ seconds: peakSeconds }));
  const shapes = /** @type {{shape: string}[]} */ (answers[0]);
  return {
    flopPerSecond: Object.fromEntries(
      shapes.map(({ shape }, index) => [shape, sum(answers.map((answer) => answer[index].flopPerSecond))]),
    ),
  };
}

/** The peak again, before and after work that cannot be cut into rounds. */
export class PeakMeter {
  /**
   * @param {Contender} peak
   * @param {string} shape
   * @param {Size} size
   */
  constructor(peak, shape, size) {
    this.peak = peak;
    this.shape = shape;
    this.size = size;
  }

  /** @returns {Promise<number>} floating-point operations per second of all cores */
  async measure() {
    const { flopPerSecond } = await measurePeak(this.peak, this.size);
    return flopPerSecond[this.shape] ?? NaN;
  }
}

/** @param {readonly Round[]} rounds @param {string} shape */
const peaksOf = (rounds, shape) => rounds.map(({ peak }) => peak?.flopPerSecond?.[shape] ?? NaN);

/**
 * The shape with the highest median.
 * @param {readonly Round[]} rounds
 */
function bestShapeOf(rounds) {
  const shapes = Object.keys(rounds[0]?.[PEAK.name]?.flopPerSecond ?? {});
  const [best] = shapes.sort((a, b) => median(peaksOf(rounds, b)) - median(peaksOf(rounds, a)));
  if (best === undefined) throw new Error('the peak was not measured');
  return best;
}

/**
 * @param {import('./rounds.mjs').RoundsResult} measured
 * @param {{labels: Record<string, string>, size: Size, system: SystemResult}} context
 */
function conclude({ rounds, discarded, foreign }, { labels, size, system }) {
  const shape = bestShapeOf(rounds);
  const peaks = peaksOf(rounds, shape);
  const flop = flopPerNetworkStep();
  /** @param {string} name @returns {number[]} milliseconds per network step in each round */
  const timesOf = (name) => rounds.map((round) => 1000 / (round[name]?.networkStepsPerSecond ?? NaN));
  const engine = timesOf('engine');
  /** @type {Record<string, Spread>} */
  const millisecondsSpread = {};
  /** @type {Record<string, Spread>} */
  const shareSpread = {};
  /** @type {Record<string, Spread>} */
  const ratioSpread = {};
  for (const name of Object.keys(labels)) {
    const times = timesOf(name);
    millisecondsSpread[name] = spreadOf(times);
    shareSpread[name] = spreadOf(times.map((time, round) => flop / (time / 1000) / (peaks[round] ?? NaN)));
    if (name !== 'engine')
      ratioSpread[name] = spreadOf(times.map((time, round) => time / (engine[round] ?? NaN)));
  }
  const shares = medians(shareSpread);
  return {
    labels,
    rounds: { kept: rounds.length, discarded, foreignLoadMax: Math.max(...foreign) },
    peak: {
      shape,
      flopPerSecond: spreadOf(peaks),
      millisecondsPerNetworkStep: (1000 * flop) / median(peaks),
    },
    millisecondsPerNetworkStep: medians(millisecondsSpread),
    shareOfPeak: system ? { ...shares, system: system.shareOfPeak.median } : shares,
    // How many times as long as the engine each takes for a step of a network.
    ratios: medians(ratioSpread),
    spread: { millisecondsPerNetworkStep: millisecondsSpread, shareOfPeak: shareSpread, ratios: ratioSpread },
    evaluation: evaluationCost(rounds, size),
  };
}

/** How often a run of the coarse stage is evaluated, and on how many images. */
const COARSE = { evaluations: 2, images: 5_000, steps: 3_600 };

/**
 * What evaluation costs, as a share of the time of training with it.
 * @param {readonly Round[]} rounds
 * @param {Size} size
 */
function evaluationCost(rounds, size) {
  const perEvaluation = rounds.map(({ engine }) => engine?.evaluationSeconds ?? NaN);
  const coarse = rounds.map(({ engine }, round) => {
    const evaluation =
      COARSE.evaluations * (perEvaluation[round] ?? NaN) * (COARSE.images / size.validation.count);
    return evaluation / (evaluation + COARSE.steps / (engine?.networkStepsPerSecond ?? NaN));
  });
  const batchesPerEpoch = size.train.count / BATCH_SIZE;
  const everyEpoch = rounds.map((round) => {
    const [without, curves] = [round['engine'], round[CURVES.name]];
    const slowdown = (without?.networkStepsPerSecond ?? NaN) / (curves?.networkStepsPerSecond ?? NaN) - 1;
    const perEpoch = slowdown / ((curves?.evaluationsPerStep ?? NaN) * batchesPerEpoch);
    return perEpoch / (1 + perEpoch);
  });
  return {
    millisecondsPerNetwork: spreadOf(perEvaluation.map((seconds) => 1000 * seconds)),
    validationImages: size.validation.count,
    coarseShare: spreadOf(coarse),
    everyEpochShare: spreadOf(everyEpoch),
  };
}

/** @param {Record<string, Spread>} spreads */
function medians(spreads) {
  return Object.fromEntries(Object.entries(spreads).map(([name, spread]) => [name, spread.median]));
}
