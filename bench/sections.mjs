// The sections of docs/benchmarks.md, and what the commands print.
import { OWN_CONTENDERS } from './contenders.mjs';
import { table } from './document.mjs';
import { cellTime, discardedIn, distinct, spreadWidth } from './table-bench.mjs';

/**
 * @typedef {import('./statistics.mjs').Spread} Spread
 * @typedef {Awaited<ReturnType<typeof import('./training-bench.mjs').runTrainingBench>>} TrainingResult
 */

/** @param {number} value @param {number} [digits] */
const fixed = (value, digits = 3) => value.toFixed(digits);
/** @param {number} value */
const percent = (value) => `${(100 * value).toFixed(1)} %`;
/** @param {number} bytes */
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(2)} GB`;
/** @param {Spread} spread @param {(value: number) => string} [show] */
const range = ({ lowerQuartile, upperQuartile }, show = fixed) =>
  `${show(lowerQuartile)} – ${show(upperQuartile)}`;

/**
 * Where and when, in one sentence.
 * @param {{date: string, machine: TrainingResult['machine'], versions: object, size?: string}} result
 * @param {string} command
 */
function provenance({ date, machine, versions, size }, command) {
  const { processor, cores, instructionSet, memoryBytes, virtual } = machine;
  const named = Object.entries(versions)
    .filter(([name]) => !['backend', 'numericsClass'].includes(name))
    .map(([name, value]) => `${name} ${value}`);
  const note = size === undefined || size === 'full' ? '' : ` A ${size} run: its numbers are no measurement.`;
  return (
    `\`${command}\`, ${date.slice(0, 10)}, ${virtual ? 'virtual machine, ' : ''}${processor}, ${cores} cores, ${instructionSet}, ` +
    `${(memoryBytes / 2 ** 30).toFixed(0)} GiB; ${named.join(', ')}.${note}`
  );
}

/**
 * The same measurement with our own contenders only.
 * @param {TrainingResult} result
 * @returns {TrainingResult}
 */
export function withoutPeers(result) {
  const own = Object.entries(result.labels).filter(([name]) =>
    OWN_CONTENDERS.some((contender) => contender.name === name),
  );
  return { ...result, labels: Object.fromEntries(own) };
}

/** @param {TrainingResult} result */
export function trainingSection(result) {
  return [
    provenance(result, 'npm run bench'),
    speedTable(result),
    systemText(result),
    accuracyText(result),
  ].join('\n\n');
}

/** @param {TrainingResult} result */
export function peersSection(result) {
  const { coarse } = /** @type {{coarse?: any}} */ (result);
  const parts = [provenance(result, 'npm run bench -- --peers'), speedTable(result), systemText(result)];
  if (coarse) parts.push(coarseText(coarse));
  return [...parts, accuracyText(result)].join('\n\n');
}

/** @param {TrainingResult} result */
function speedTable({
  labels,
  millisecondsPerNetworkStep,
  shareOfPeak,
  ratios,
  spread,
  peak,
  rounds,
  settings,
}) {
  const names = Object.keys(labels).sort(
    (a, b) => (millisecondsPerNetworkStep[a] ?? NaN) - (millisecondsPerNetworkStep[b] ?? NaN),
  );
  const rows = names.map((name) => {
    const times = /** @type {Spread} */ (spread.millisecondsPerNetworkStep[name]);
    return [
      `${labels[name] ?? name}${settings.packNetworks[name] === 1 ? '' : `; ${settings.packNetworks[name]} a process`}`,
      fixed(times.median),
      range(times),
      percent(shareOfPeak[name] ?? NaN),
      name === 'engine'
        ? '1'
        : `${fixed(ratios[name] ?? NaN, 2)} (${range(/** @type {Spread} */ (spread.ratios[name]), (value) => fixed(value, 2))})`,
    ];
  });
  rows.unshift([
    `the machine’s peak: ${peak.shape}, ${fixed(peak.flopPerSecond.median / 1e9, 0)} GFLOP/s (${range(peak.flopPerSecond, (value) => fixed(value / 1e9, 0))})`,
    fixed(peak.millisecondsPerNetworkStep),
    '',
    '100 %',
    '',
  ]);
  const note =
    `${settings.processes} processes of one thread for each; medians and quartiles of ${rounds.kept} interleaved rounds ` +
    `(${rounds.discarded} disturbed ones discarded, at most ${percent(rounds.foreignLoadMax)} of the machine used by others in those kept); ` +
    `${(settings.flopPerNetworkStep / 1e6).toFixed(2)} MFLOP a step, the first layer’s two products only. Ratios and shares are taken within a round.`;
  return `${table(['', 'ms a step of one network', 'quartiles', 'of the peak', 'times the engine’s time'], rows)}\n\n${note}`;
}

/** @param {TrainingResult} result */
function systemText({ system, evaluation }) {
  const evaluated =
    `Evaluation: ${fixed(evaluation.millisecondsPerNetwork.median)} ms for a network on ${evaluation.validationImages} images ` +
    `(quartiles ${range(evaluation.millisecondsPerNetwork)}); ${percent(evaluation.coarseShare.median)} of the coarse stage’s time ` +
    `(after each of two cycles), ${percent(evaluation.everyEpochShare.median)} when every epoch is evaluated on training and validation images.`;
  if (!system) return evaluated;
  const { networks, steps, seconds, shareOfPeak, shareOfPeakWithEvaluation, foreignLoadMax } = system;
  return (
    `The coarse stage through the whole system, from launch to completion on warm trainers: ${networks} networks of ${steps} steps in ` +
    `${fixed(seconds.median, 1)} s (${fixed(seconds.min, 1)} – ${fixed(seconds.max, 1)}, n = ${seconds.n}; others used at most ${percent(foreignLoadMax)}): ` +
    `**${percent(shareOfPeak.median)} of the peak** (${percent(shareOfPeak.min)} – ${percent(shareOfPeak.max)}) counting training alone, ` +
    `${percent(shareOfPeakWithEvaluation.median)} with evaluation’s products counted too.\n\n${evaluated}`
  );
}

/** @param {TrainingResult} result */
function accuracyText({ accuracy }) {
  const { networks, steps, means, largestDifference, tolerance } = accuracy;
  const listed = Object.entries(means).map(([name, value]) => `${name} ${fixed(value, 4)}`);
  return (
    `The same work: ${networks} networks trained for ${steps} steps from equal weights reach mean validation accuracies that differ by ` +
    `${fixed(largestDifference, 4)} at most (allowed: ${tolerance}): ${listed.join(', ')}.`
  );
}

/** @param {NonNullable<Awaited<ReturnType<typeof import('./peers/coarse-bench.mjs').measureCoarse>>>} coarse */
function coarseText({ contenders, tolerance }) {
  const rows = contenders.map(({ label, seconds, timesSystem, accuracyDifference }) => [
    label,
    fixed(seconds.median, 1),
    `${fixed(seconds.min, 1)} – ${fixed(seconds.max, 1)}`,
    fixed(timesSystem, 2),
    fixed(accuracyDifference, 4),
  ]);
  const head = [
    'coarse stage, end to end',
    's',
    'range',
    'times Seedbed’s time',
    'largest difference of a trial’s mean accuracy',
  ];
  const runs = contenders[0]?.seconds.n ?? 0;
  const foreign = Math.max(...contenders.map(({ foreignLoadMax }) => foreignLoadMax));
  const note =
    `${runs} runs each, one contender after the other; others used at most ${percent(foreign)} of the machine. ` +
    `Allowed difference of a trial’s mean accuracy: ${tolerance}.`;
  return `${table(head, rows)}\n\n${note}`;
}

/** @param {{networks: number, hidden: number, batchSize: number, gain: number}} cell */
const gainText = ({ networks, hidden, batchSize, gain }) =>
  `${networks} of ${hidden} units at batch size ${batchSize}: ${fixed(gain, 2)} times the speed`;

/** @param {Awaited<ReturnType<typeof import('./table-bench.mjs').runTableBench>>} result */
export function tableSection(result) {
  const { cells, gains } = result;
  const packSizes = distinct(cells, ({ networks }) => networks).filter((networks) => networks > 0);
  const rows = distinct(cells, ({ batchSize }) => batchSize).flatMap((batchSize) =>
    distinct(cells, ({ hidden }) => hidden).map((hidden) => [
      `batch ${batchSize}, ${hidden} hidden`,
      ...[0, ...packSizes].map((networks) => {
        const time = cellTime(cells, { batchSize, hidden, networks });
        return time === undefined ? '–' : fixed(time, time < 0.1 ? 4 : 3);
      }),
    ]),
  );
  const n = cells[0]?.milliseconds.n ?? 0;
  const note =
    `Milliseconds a step of one network, all ${result.settings.processes} processes together; medians of ${n} interleaved rounds, whose ` +
    `range is ${percent(spreadWidth(cells))} of the median in the middle cell (${discardedIn(cells)} disturbed measurements repeated). ` +
    `–: more than ${result.settings.packHiddenUnitsMax} hidden units, which a trainer does not pack into one child.`;
  const packs = gains.filter(({ networks }) => networks > 1);
  const slower = packs.filter(({ gain }) => gain < 1);
  const slowerAlone = gains.filter(({ networks, gain }) => networks === 1 && gain < 1);
  const least = [
    slower.length === 0
      ? 'Packing is nowhere slower than the faster way to train one at a time (a pack of one, or gradients by hand)'
      : `**Packing is slower** than the faster way to train one at a time: ${slower.map(gainText).join('; ')}`,
    packs[0] === undefined ? '.' : `; it gains least with ${gainText(packs[0])}.`,
    slowerAlone.length === 0
      ? ' A pack of one is nowhere slower than gradients by hand.'
      : ` A pack of one is slower than gradients by hand: ${slowerAlone.map(gainText).join('; ')}.`,
  ].join('');
  return [
    provenance(result, 'npm run bench -- --table'),
    table(['', 'by hand, one at a time', ...packSizes.map((count) => `pack of ${count}`)], rows),
    note,
    least,
  ].join('\n\n');
}

/** @param {Awaited<ReturnType<typeof import('./memory-bench.mjs').runMemoryBench>>} result */
export function memorySection(result) {
  const { settings, residentBytes, fileBytes, peakBytes, growth, flat, growthMax } = result;
  const text =
    `A training child with ${settings.train.count.toLocaleString('en')} + ${settings.validation.count.toLocaleString('en')} images, ` +
    `${settings.networks} networks of ${settings.hidden} units a sweep, ${settings.sweeps} sweeps one after another: ` +
    `${gigabytes(residentBytes.last)} resident at the end (${gigabytes(fileBytes)} of it programs and libraries, which children share), ${gigabytes(residentBytes.first)} after the first sweeps ` +
    `(${growth < 0 ? '' : '+'}${percent(growth)}: ${flat ? 'flat' : '**not flat**'}, at most ${percent(growthMax)} counts as that); ` +
    `at most ${gigabytes(residentBytes.max)} between sweeps; peak since its start ${gigabytes(peakBytes)} (VmHWM).`;
  return [provenance(result, `npm run bench -- --memory --sweeps ${settings.sweeps}`), text].join('\n\n');
}

/** @param {Awaited<ReturnType<typeof import('./bfloat16-bench.mjs').runBfloat16Bench>>} result */
export function bfloat16Section(result) {
  const timed = (/** @type {Spread} */ spread) =>
    `${fixed(spread.median, 2)} (${range(spread, (value) => fixed(value, 2))})`;
  const rows = result.products.map((product) => [
    `${product.name}: ${product.m}×${product.k}·${product.k}×${product.n}`,
    timed(product.float32),
    `${timed(product.float32Switched)}, ${product.switchChangesBits ? 'other bits' : 'same bits'}`,
    timed(product.bfloat16),
    timed(product.bfloat16WithCasts),
    product.relativeError.toExponential(1),
  ]);
  const head = [
    'product',
    'float32, ms',
    'float32 with the switches, ms',
    'bfloat16, ms',
    'bfloat16, weights and result cast each time, ms',
    'relative error',
  ];
  const rounds = result.products[0]?.float32.n ?? 0;
  return [
    provenance(result, 'npm run bench -- --bfloat16'),
    table(head, rows),
    `Medians and quartiles of ${rounds} interleaved rounds, ${result.settings.processes} processes of one thread at the same time. ` +
      `Relative error: root mean square of the difference from the float32 product over that of the product, normal entries.`,
  ].join('\n\n');
}

/** What is promised of scaling: times faster by so many trainers. */
const SCALING_AIMS = new Map([
  [2, 1.8],
  [4, 3.3],
]);

/** @param {Exclude<Awaited<ReturnType<typeof import('./scaling-bench.mjs').runScalingBench>>, {skipped: string}>} result */
export function scalingSection(result) {
  const { settings, measured, runs, steps } = result;
  const rows = measured.map(({ trainers, seconds, all, timesFaster }) => {
    const aim = SCALING_AIMS.get(trainers);
    const verdict =
      aim === undefined ? '–' : `${timesFaster >= aim ? 'at least' : '**not**'} ${fixed(aim, 1)}`;
    return [
      String(trainers),
      `${fixed(seconds, 1)} (${all.map((each) => fixed(each, 1)).join(', ')})`,
      fixed(timesFaster, 2),
      verdict,
    ];
  });
  return [
    provenance(result, 'npm run bench -- --scaling'),
    table(['trainers', 'seconds, median (all)', 'times faster', 'aim'], rows),
    `${runs} networks of ${steps} steps on ${settings.images} images, from launch to completion; ` +
      `each trainer has ${settings.coresEach} cores (${result.limit}), one child and packs of ${settings.packRuns} networks, and is warm.`,
  ].join('\n\n');
}

/** @param {Awaited<ReturnType<typeof import('./price-bench.mjs').runPriceBench>>} result */
export function priceSection(result) {
  const { settings, runs, supervisorSeconds, childSeconds, supervisorMsPerRun, share } = result;
  return [
    provenance(result, 'npm run bench -- --price'),
    `One trainer with one child, ${runs} runs of ${2 * settings.stepSize * settings.cycles} steps, evaluated ${settings.cycles} times.`,
    table(
      ['processor time', 'measured', 'aim'],
      [
        ['child, which trains', `${fixed(childSeconds, 1)} s`, ''],
        ['supervisor, all that it does', `${fixed(supervisorSeconds, 2)} s`, ''],
        ['… for each run', `${fixed(supervisorMsPerRun, 1)} ms`, ''],
        ['… of the whole', `${fixed(100 * share, 2)} %`, '1 % for commits alone'],
      ],
    ),
  ].join('\n\n');
}

/** @typedef {Awaited<ReturnType<typeof import('./load-bench.mjs').runLoadBench>>} LoadResult */

/** @param {LoadResult} result */
export function loadSection(result) {
  const { settings, coordinator, server, claims, commits, trainers, pings, scripts } = result;
  const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  const lost = settings.runs - result.runsInAnswer;
  const twice = (commits['duplicate'] ?? 0) + (commits['divergent'] ?? 0);
  return [
    provenance(result, 'npm run bench -- --load'),
    `${settings.trainers} trainers that train nothing (a pack takes ${settings.packSeconds} s), ${settings.runs} runs: ` +
      `${fixed(result.seconds, 0)} s from launch to completed, ${fixed(result.runsPerSecond, 0)} runs a second; ` +
      `${lost} lost, ${twice} committed twice.`,
    table(
      ['', 'measured'],
      [
        ['coordinator, cores', fixed(coordinator.cores, 2)],
        ['coordinator, memory at most', megabytes(coordinator.peakBytes)],
        ['coordinator, answer to a probe, p50 / p99 / longest', milliseconds(coordinator.answerMs)],
        ['server, cores', fixed(server.cores, 2)],
        ['server, memory at most', megabytes(server.peakBytes)],
        ['server, memory per finished run', `${server.bytesPerRun.toFixed(0)} bytes`],
        ['server, append-only file per finished run', `${server.diskBytesPerRun.toFixed(0)} bytes`],
        ['claim of a block, p50 / p99 / longest', milliseconds(claims)],
        ['a PING of the server by an idle process, p50 / p99 / longest', milliseconds(pings)],
        ...(scripts === null
          ? []
          : [
              [
                'a script in the server itself, p50 / p99 / p99.9',
                milliseconds({ ...scripts, max: scripts.p999 }),
              ],
            ]),
        [`the ${trainers.processes} processes of the trainers, cores`, fixed(trainers.cores, 2)],
        ['the busiest of them held up, p50 / p99 / longest', milliseconds(trainers.heldUpMs)],
      ],
    ),
  ].join('\n\n');
}

/** @param {{p50: number, p99: number, max: number}} times */
const milliseconds = ({ p50, p99, max }) =>
  `${[p50, p99, max].map((value) => fixed(value, value < 10 ? 1 : 0)).join(' / ')} ms`;
