/** Problems between the pieces of one stage: parameters and schedule, splits, batch size, steps, evaluations. */
import {
  type ImageRange,
  type InputProblem,
  LIMITS,
  type ParameterName,
  type ParameterSpec,
  splitSizesOf,
  type SweepSpec,
} from '@seedbed/contracts';
import { answerProblems } from './answer-settings.js';
import { PARAMETER_DOMAINS } from './parameter-domain.js';
import { racingProblems } from './racing-settings.js';
import { pruningProblems } from './pruning-problems.js';
import { type SearchStage } from './search-stages.js';
import { type SourcePath, valueAt } from './source-path.js';
import { type StageSettings, stageSettingsOf, TRAINING_IMAGES } from './stage-settings.js';
import { problemAt, type SweepSource } from './sweep-source.js';
import { tableProblems } from './table-relations.js';
import { isOnTable, tableSplitOf } from './table-stage.js';

export interface StageInSpec {
  readonly source: SweepSource;
  readonly spec: SweepSpec;
  readonly stage: SearchStage;
}

export function stageRelationProblems(place: StageInSpec): InputProblem[] {
  const settings = stageSettingsOf(place.spec, place.stage);
  return [
    ...tableProblems(place),
    ...(isOnTable(place.spec) ? [] : splitProblems(place, settings)),
    ...scheduleFitProblems(place, settings),
    ...etaProblems(place, settings),
    ...sizeProblems(place, settings),
    ...answerProblems(place),
    ...racingProblems(place),
    ...pruningProblems(place, stepsAtLeast(place.stage, settings)),
  ];
}

/** Where a setting stands: in the stage, else at the top level; where neither has it, the stage itself. */
function settingPath({ source, stage }: StageInSpec, ...member: SourcePath): SourcePath {
  for (const path of [[...stage.path, ...member], member]) {
    if (valueAt(source.value, path) !== undefined) return path;
  }
  return stage.path;
}

function splitProblems(place: StageInSpec, { data }: StageSettings): InputProblem[] {
  const problems: InputProblem[] = [];
  for (const split of ['train', 'validation'] as const) {
    const { first, count } = data[split];
    if (first + count <= TRAINING_IMAGES) continue;
    const message = `${split} images ${rangeText(data[split])} end beyond the last training image, ${TRAINING_IMAGES - 1}; at most ${Math.max(0, TRAINING_IMAGES - first)} images start at ${first}`;
    problems.push(problemAt(place.source, settingPath(place, 'data', split), message));
  }
  const { train, validation } = data;
  const overlap =
    Math.min(train.first + train.count, validation.first + validation.count) -
    Math.max(train.first, validation.first);
  if (overlap > 0) {
    const given = settingPath(place, 'data', 'validation');
    const isDefault = given.at(-1) !== 'validation';
    const path = isDefault ? settingPath(place, 'data', 'train') : given;
    const what = isDefault ? 'the default validation images' : 'validation images';
    const message = `${what} ${rangeText(validation)} and training images ${rangeText(train)} share ${overlap}; give ranges apart from each other`;
    problems.push(problemAt(place.source, path, message));
  }
  return problems;
}

function rangeText({ first, count }: ImageRange): string {
  return `${first} to ${first + count - 1}`;
}

/** A parameter of the other kind of schedule would set nothing. */
function scheduleFitProblems({ source, stage }: StageInSpec, settings: StageSettings): InputProblem[] {
  const kind = settings.training.schedule.kind;
  return [...stage.parameters.keys()].flatMap((name) => {
    const needed = PARAMETER_DOMAINS[name].schedule;
    if (needed === null || needed === kind) return [];
    const message = `${name} belongs to a ${needed} schedule, but this stage's is ${kind}; set training.schedule to kind: ${needed}, or search what a ${kind} schedule has`;
    return [problemAt(source, [...stage.path, 'parameters', name], message)];
  });
}

function etaProblems(place: StageInSpec, settings: StageSettings): InputProblem[] {
  const { schedule } = settings.training;
  if (schedule.kind !== 'cyclical') return [];
  const highestMin = largestOf(place.stage, 'etaMin', schedule.etaMin);
  const lowestMax = smallestOf(place.stage, 'etaMax', schedule.etaMax);
  if (highestMin <= lowestMax) return [];
  const message = `etaMin reaches ${highestMin}, above etaMax ${lowestMax}; the learning rate rises from etaMin to etaMax`;
  const searched = (['etaMin', 'etaMax'] as const).find((name) => place.stage.parameters.has(name));
  const path =
    searched === undefined
      ? settingPath(place, 'training', 'schedule', 'etaMin')
      : [...place.stage.path, 'parameters', searched];
  return [problemAt(place.source, path, message)];
}

function sizeProblems(place: StageInSpec, settings: StageSettings): InputProblem[] {
  const { training, evaluation } = settings;
  const trainRows = trainRowsOf(place, settings);
  const problems: InputProblem[] = [];
  const pathOf = (name: ParameterName, ...setting: SourcePath) =>
    place.stage.parameters.has(name)
      ? [...place.stage.path, 'parameters', name]
      : settingPath(place, ...setting);
  const say = (path: SourcePath, message: string) => problems.push(problemAt(place.source, path, message));

  const batchSize = largestOf(place.stage, 'batchSize', training.batchSize);
  if (batchSize > trainRows) {
    const onTable = isOnTable(place.spec);
    const what = onTable ? 'rows' : 'images';
    const message = `batch size ${batchSize} is larger than the training split of ${trainRows} ${what}`;
    const given = pathOf('batchSize', 'training', 'batchSize');
    // The default size is written nowhere: the small split is what the person can see.
    const split = settingPath(place, 'data', onTable ? 'table' : 'train');
    say(given.at(-1) === 'batchSize' ? given : split, message);
  }
  const steps = stepsAtMost(place.stage, settings);
  const stepsPath = pathOf(
    training.schedule.kind === 'cyclical' ? 'stepSize' : 'steps',
    'training',
    'schedule',
  );
  if (steps > LIMITS.stepsMax)
    say(stepsPath, `trains up to ${steps} steps; at most ${LIMITS.stepsMax} are allowed`);
  const evaluations = evaluationsAtMost(place.stage, settings, steps, Math.floor(trainRows / batchSize));
  if (evaluations > LIMITS.evaluationsPerRunMax) {
    const message = `cadence ${evaluation.cadence} evaluates up to ${evaluations} times a run; at most ${LIMITS.evaluationsPerRunMax} are kept, choose a sparser cadence`;
    say(settingPath(place, 'evaluation', 'cadence'), message);
  }
  return problems;
}

/** Infinite for a table that nobody has looked at yet. */
function trainRowsOf({ spec, stage }: StageInSpec, { data }: StageSettings): number {
  if (!isOnTable(spec)) return data.train.count;
  const rows = spec.data?.facts?.rows;
  return rows === undefined ? Infinity : splitSizesOf(rows, tableSplitOf(spec, stage)).train;
}

/** The most steps that a trial of the stage trains. */
export function stepsAtMost(stage: SearchStage, { training: { schedule } }: StageSettings): number {
  if (schedule.kind === 'constant') return largestOf(stage, 'steps', schedule.steps);
  return 2 * largestOf(stage, 'stepSize', schedule.stepSize) * largestOf(stage, 'cycles', schedule.cycles);
}

/** The fewest steps that a trial of the stage trains. */
function stepsAtLeast(stage: SearchStage, { training: { schedule } }: StageSettings): number {
  if (schedule.kind === 'constant') return smallestOf(stage, 'steps', schedule.steps);
  return 2 * smallestOf(stage, 'stepSize', schedule.stepSize) * smallestOf(stage, 'cycles', schedule.cycles);
}

/** The most evaluations of one run: after every `cadence`, at the start and at the end. */
function evaluationsAtMost(
  stage: SearchStage,
  settings: StageSettings,
  steps: number,
  batchesPerEpoch: number,
): number {
  const { training, evaluation } = settings;
  if (evaluation.cadence === 'end') return 1;
  if (evaluation.cadence === 'cycle') {
    const { schedule } = training;
    return schedule.kind === 'cyclical' ? largestOf(stage, 'cycles', schedule.cycles) + 1 : 2;
  }
  return Math.ceil(steps / Math.max(1, batchesPerEpoch)) + 2;
}

/** The largest value that a parameter takes in a stage, given or drawn; the setting's where it is not searched. */
function largestOf(stage: SearchStage, name: ParameterName, setting: number): number {
  return Math.max(...extremesOf(stage, name, setting));
}

function smallestOf(stage: SearchStage, name: ParameterName, setting: number): number {
  return Math.min(...extremesOf(stage, name, setting));
}

function extremesOf(stage: SearchStage, name: ParameterName, setting: number): number[] {
  const spec = stage.parameters.get(name);
  const points = stage.points.flatMap((point) => point[name] ?? []);
  return [...new Set([...specExtremes(spec, setting), ...extremes(points)])];
}

function specExtremes(spec: ParameterSpec | undefined, setting: number): readonly number[] {
  if (spec === undefined) return [setting];
  if ('value' in spec) return [spec.value];
  if ('values' in spec) return extremes(spec.values);
  // A derived value was checked in the stage that it comes from; the setting stands in for it here.
  return 'min' in spec ? [spec.min, spec.max] : [setting];
}

/** Smallest and largest by reduction: spreading 100,000 arguments into Math.max would end the stack. */
function extremes(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}
