/** Verdicts as a person reads them. */
import type { ScenarioVerdict } from './campaign.js';
import { quantile } from './verdict.js';

export function reportOf(results: readonly ScenarioVerdict[]): string {
  return results.map(scenarioText).join('\n');
}

function scenarioText({ scenario, verdict }: ScenarioVerdict): string {
  const { recoveryMs } = verdict;
  const faults = Object.values(verdict.faults).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(verdict.faults).map(([kind, count]) => `${kind} ${count}`);
  const share = verdict.computeMs === 0 ? null : verdict.wastedMs / verdict.computeMs;
  const bound = scenario.independent && faults > 0 ? `, so at most ${percent(3 / faults)} at 95 %` : '';
  const lines = [
    `${scenario.name}: ${verdict.problems.length === 0 ? 'as promised' : 'FAILED'}`,
    `  faults        ${faults} (${kinds.join(', ')})`,
    `  sweeps        ${verdict.sweeps}, each answer.json equal to the undisturbed one${verdict.problems.length === 0 ? '' : ' unless named below'}`,
    `  runs          planned ${verdict.plannedRuns}, committed ${verdict.committed}, recovered ${verdict.recovered}${verdict.retrained === 0 ? '' : `, trained again ${verdict.retrained}`}`,
    `  commits       attempted ${verdict.attempts}, acknowledged ${verdict.acknowledged}, of which repeated ${verdict.duplicates}${verdict.refused === 0 ? '' : `; writes refused ${verdict.refused}`}`,
    `  wrong         lost ${verdict.lost}, duplicated ${verdict.duplicated}, divergent ${verdict.divergent}${bound}`,
    ...(share === null ? [] : [`  wasted        at most ${percent(share)} of the compute`]),
    ...(recoveryMs.length === 0
      ? []
      : [
          `  recovery      p50 ${seconds(quantile(recoveryMs, 0.5))}, p99 ${seconds(quantile(recoveryMs, 0.99))}, max ${seconds(quantile(recoveryMs, 1))} (${recoveryMs.length} measured)`,
        ]),
    ...Object.entries(verdict.measures).map(
      ([name, values]) =>
        `  ${name.padEnd(13)} mean ${meanOf(values).toFixed(3)} (${values.length} measured)`,
    ),
    ...verdict.problems.map((problem) => `  PROBLEM       ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
const seconds = (valueMs: number | null) => (valueMs === null ? '–' : `${(valueMs / 1000).toFixed(2)} s`);
