/** What two answers of the same sweep file differ in, in sentences. Pure. */
import { type Answer, canonicalJson, type RunSummary } from '@seedbed/contracts';

/** Runs named one by one. */
const RUNS_SHOWN_MAX = 10;

/** Empty when nothing that is compared differs. */
export function answerDifferences(before: Answer, after: Answer): string[] {
  const differences: string[] = [];
  const note = (what: string, first: unknown, second: unknown): void => {
    if (canonicalJson(first) !== canonicalJson(second)) {
      differences.push(`${what}: ${canonicalJson(first)} before, ${canonicalJson(second)} now`);
    }
  };
  note('format of the answer', before.schemaVersion, after.schemaVersion);
  note('numerics class', before.numericsClass, after.numericsClass);
  note('processors', before.mixed ?? null, after.mixed ?? null);
  note('complete', before.complete, after.complete);
  differences.push(...runDifferences(before, after));
  const decisions = new Map(after.decisions.map((decision) => [decision.number, decision]));
  for (const decision of before.decisions) {
    note(
      `decision ${decision.number} (${decision.stage})`,
      decision.outcome,
      decisions.get(decision.number)?.outcome ?? null,
    );
  }
  return differences;
}

function runDifferences(before: Answer, after: Answer): string[] {
  const now = runsOf(after);
  const different = [...runsOf(before)].filter(([place, run]) => now.get(place)?.digest !== run.digest);
  const shown = different.slice(0, RUNS_SHOWN_MAX).map(([place, run]) => {
    const found = now.get(place);
    return `${place}: ${inWords(run)} before, ${found === undefined ? 'no such run' : inWords(found)} now`;
  });
  const rest = different.length - shown.length;
  return rest === 0 ? shown : [...shown, `and ${rest} more runs`];
}

function runsOf({ stages }: Answer): Map<string, RunSummary> {
  return new Map(
    stages.flatMap(({ stage, trials }) =>
      trials.flatMap(({ index, runs }) =>
        runs.map((run): [string, RunSummary] => [`${stage}, trial ${index}, seed ${run.seed}`, run]),
      ),
    ),
  );
}

function inWords({ outcome, validation, digest }: RunSummary): string {
  const right = validation === null ? outcome : `${validation.correct}/${validation.count} right`;
  return `${right} (digest ${digest?.slice(0, 12) ?? 'none'})`;
}
