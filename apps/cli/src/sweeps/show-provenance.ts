/** Where one run's result comes from, on a terminal or as JSON. */
import { accuracyRatio, canonicalJson, type RunProvenance } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatDuration, formatParameters, formatPercent } from '../output/format.js';

export function showProvenance(context: CliContext, provenance: RunProvenance, json: boolean): ExitCode {
  if (json) {
    printJson(context.stdout, provenance);
    return EXIT_CODES.ok;
  }
  const facts = factsOf(provenance);
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) printLine(context.stdout, `${name.padEnd(width)}  ${value}`);
  return EXIT_CODES.ok;
}

type Fact = readonly [name: string, value: string];

function factsOf(of: RunProvenance): Fact[] {
  const attempts = Object.entries(of.attempts).map(([cause, count]) => `${cause} ${count}`);
  return [
    ['run', of.runId],
    [
      'of',
      `${of.sweepId}, ${of.stage}, trial ${of.trialIndex} (${formatParameters(of.parameters)}), seed ${of.seed}`,
    ],
    ['state', of.state],
    ...commitFacts(of),
    ...(of.deadLetter === null ? [] : [['given up', of.deadLetter.reason] as const]),
    ...(attempts.length === 0 ? [] : [['attempts', attempts.join(', ')] as const]),
    ['data set', of.settings.data.digest],
    ['sweep file', of.specDigest],
    ['settings', canonicalJson(of.settings)],
    ['again', of.command],
  ];
}

function commitFacts({ commit }: RunProvenance): Fact[] {
  if (commit === null) return [];
  const { result, provenance } = commit;
  const right =
    result.outcome === 'trained' ? `, ${formatPercent(accuracyRatio(result.validation))} right` : '';
  const seconds = (Date.parse(provenance.finishedAt) - Date.parse(provenance.startedAt)) / 1_000;
  const core = provenance.time;
  const coreTime =
    core === undefined
      ? ''
      : `; its share of a core ${((core.trainingMs + core.evaluationMs) / 1_000).toFixed(1)} s`;
  const tensorflow = provenance.tensorflow === null ? '' : ` ${provenance.tensorflow}`;
  const build = provenance.revision === undefined ? '' : `, built from commit ${provenance.revision}`;
  return [
    ['outcome', `${result.outcome}${right}`],
    ['digest', commit.digest],
    ['numerics', commit.numericsClass],
    ['trainer', `${provenance.trainerId}, attempt ${provenance.attempt}`],
    [
      'trained',
      `${provenance.startedAt}, ${formatDuration(seconds)} in a pack of ${provenance.packWidth}${coreTime}`,
    ],
    [
      'versions',
      `Seedbed ${provenance.seedbed}${build}; ${provenance.backend}${tensorflow}; Node ${provenance.node}`,
    ],
  ];
}
