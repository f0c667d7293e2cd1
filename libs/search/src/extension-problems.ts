/** What stands against putting one sweep file in place of another: an extension adds, and changes nothing that there is. Pure. */
import { canonicalJson, type InputProblem, type ParameterName, type SweepSpec } from '@seedbed/contracts';
import { describeFound } from './found-value.js';
import { racingOf } from './racing-settings.js';
import { rungsOf } from './rung-stages.js';
import { type SearchStage, searchStagesOf } from './search-stages.js';
import { formatPath, type SourcePath } from './source-path.js';
import { stageSeedsOf } from './stage-settings.js';
import { axisValues } from './stage-trials.js';

/** Members of a sweep file, or of a stage of it, that an extension may widen; every other stays as it is. */
const WIDENED: readonly string[] = ['description', 'stages', 'sampler', 'parameters', 'points', 'seeds'];
const HINT = 'an extension only adds; launch another sweep for it, which uses the runs that exist';
/** Values of a list that are named in a message. */
const NAMED_MAX = 5;

/** Empty when `after` asks for everything that `before` does, with the same settings. */
export function extensionProblems(before: SweepSpec, after: SweepSpec): InputProblem[] {
  const [stages, stagesAfter] = [searchStagesOf(before), searchStagesOf(after)];
  return [
    ...changedMembers(before, after, []),
    ...stages.flatMap((stage, place): InputProblem[] => {
      const other = stagesAfter[place];
      if (other?.name === stage.name) return stageProblems({ before, after, stage, other });
      const found = other === undefined ? 'no stage' : `"${other.name}"`;
      const path = formatPath(stage.path.length === 0 ? [] : [...stage.path, 'name']);
      return [{ path, message: `found ${found} in the place of stage "${stage.name}"; ${HINT}` }];
    }),
  ];
}

interface StagePair {
  readonly before: SweepSpec;
  readonly after: SweepSpec;
  readonly stage: SearchStage;
  /** The same stage in the wider file. */
  readonly other: SearchStage;
}

function stageProblems(pair: StagePair): InputProblem[] {
  const { before, stage, other } = pair;
  if (racingOf(before, stage) !== null || rungsOf(before, stage).length > 0) return fixedProblems(pair);
  return [
    ...(stage.path.length === 0 ? [] : changedMembers(stage.overrides, other.overrides, other.path)),
    ...samplerProblems(pair),
    ...pointProblems(pair),
    ...seedProblems(pair),
  ];
}

/**
 * A race has shared out what it may be wrong over its looks and its trials, and who was pruned was decided among all trials
 * that there were: neither would be true of more.
 */
function fixedProblems({ before, after, stage, other }: StagePair): InputProblem[] {
  const asked = (spec: SweepSpec, of: SearchStage) => ({
    ...{ ...of.overrides, sampler: of.sampler, points: of.points },
    ...{ parameters: Object.fromEntries(of.parameters), seeds: stageSeedsOf(spec, of) },
  });
  const [one, wider] = [asked(before, stage), asked(after, other)];
  return changes(one, wider, other.path).map(({ path, message }) => ({
    path,
    message: message.replace(HINT, 'a stage that is raced or pruned cannot be extended; add another stage'),
  }));
}

/** The places, as deep as they can be told, at which members other than the ones that may be widened differ. */
function changedMembers(before: object, after: object, path: SourcePath): InputProblem[] {
  const [one, other] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((key) => !WIDENED.includes(key))
    .flatMap((key) => changes(one[key], other[key], [...path, key]));
}

function changes(before: unknown, after: unknown, path: SourcePath): InputProblem[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changes(before[key], after[key], [...path, key]));
  }
  const message = `found ${describeFound(after)}, which was ${describeFound(before)}; ${HINT}`;
  return [{ path: formatPath(path), message }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A sampler that draws goes on drawing; a grid keeps all its values. */
function samplerProblems({ stage, other }: StagePair): InputProblem[] {
  const at = (...member: SourcePath) => formatPath([...other.path, ...member]);
  const [{ sampler }, { sampler: wider }] = [stage, other];
  if (sampler.kind === 'grid' && wider.kind === 'grid') {
    const names = [...new Set([...stage.parameters.keys(), ...other.parameters.keys()])];
    return names.flatMap((name) => axisProblems(stage, other, name));
  }
  const fewer =
    'trials' in sampler && 'trials' in wider && wider.trials < sampler.trials
      ? [
          {
            path: at('sampler', 'trials'),
            message: `found ${wider.trials}, which was ${sampler.trials}; ${HINT}`,
          },
        ]
      : [];
  return [
    ...changes({ ...sampler, trials: 0 }, { ...wider, trials: 0 }, [...other.path, 'sampler']),
    ...fewer,
    ...changes(Object.fromEntries(stage.parameters), Object.fromEntries(other.parameters), [
      ...other.path,
      'parameters',
    ]),
  ];
}

function axisProblems(stage: SearchStage, other: SearchStage, name: ParameterName): InputProblem[] {
  const [before, after] = [stage.parameters.get(name), other.parameters.get(name)];
  const path = [...other.path, 'parameters', name];
  if (before === undefined || after === undefined || 'from' in before || 'from' in after) {
    return changes(before, after, path);
  }
  const values = new Set(axisValues(name, after, new Map()));
  const lost = axisValues(name, before, new Map()).filter((value) => !values.has(value));
  if (lost.length === 0) return [];
  const named = lost.slice(0, NAMED_MAX).join(', ') + (lost.length > NAMED_MAX ? ', …' : '');
  return [{ path: formatPath(path), message: `lacks ${named}, of which there are trials; ${HINT}` }];
}

function pointProblems({ stage, other }: StagePair): InputProblem[] {
  const left = other.points.map((point) => canonicalJson(point));
  return stage.points.flatMap((point): InputProblem[] => {
    const text = canonicalJson(point);
    const place = left.indexOf(text);
    if (place >= 0) left.splice(place, 1);
    const path = formatPath([...other.path, 'points']);
    return place >= 0 ? [] : [{ path, message: `lacks ${text}, of which there is a trial; ${HINT}` }];
  });
}

function seedProblems({ before, after, stage, other }: StagePair): InputProblem[] {
  const seeds = new Set(stageSeedsOf(after, other));
  const lost = stageSeedsOf(before, stage).filter((seed) => !seeds.has(seed));
  if (lost.length === 0) return [];
  const path = formatPath(other.overrides.seeds === undefined ? ['seeds'] : [...other.path, 'seeds']);
  const named = lost.slice(0, NAMED_MAX).join(', ') + (lost.length > NAMED_MAX ? ', …' : '');
  return [{ path, message: `lacks seed ${named}, with which there are runs; ${HINT}` }];
}
