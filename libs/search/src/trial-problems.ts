/** Problems of a stage's trials: points that do not fit or repeat a trial, samplers that cannot draw, too many trials. */
import { InputError, type InputProblem, LIMITS, type ParameterName } from '@seedbed/contracts';
import { gridCount } from './grid-values.js';
import { type PointSpec, type SearchStage } from './search-stages.js';
import { type StageInSpec } from './stage-relations.js';
import { axisValues, fixedValue, isDrawn, sampledCount, sampledTrials, trialCount } from './stage-trials.js';
import { problemAt } from './sweep-source.js';

const NOTHING_DECIDED = new Map<string, never>();

export function trialProblems(place: StageInSpec): InputProblem[] {
  const { source, stage } = place;
  const count = trialCount(stage);
  if (count > LIMITS.trialsPerStageMax) {
    const message = `stage ${stage.name} has ${count} trials; at most ${LIMITS.trialsPerStageMax} are allowed`;
    return [problemAt(source, [...stage.path, 'parameters'], message)];
  }
  const shape = [
    ...samplerProblems(place),
    ...stage.points.flatMap((_, index) => pointProblems(place, index)),
  ];
  if (shape.length > 0) return shape;
  try {
    return repeatedPointProblems(place);
  } catch (thrown) {
    // The draws found too few different combinations.
    if (thrown instanceof InputError)
      return thrown.problems.map((p) => problemAt(source, [...stage.path, 'sampler', 'trials'], p.message));
    throw thrown;
  }
}

/** A sampler that draws needs something to draw, and at least as many different combinations as trials. */
function samplerProblems({ source, stage }: StageInSpec): InputProblem[] {
  const { sampler } = stage;
  if (sampler.kind === 'grid') return [];
  const drawn = [...stage.parameters.values()].filter(isDrawn);
  const path = [...stage.path, 'sampler'];
  if (drawn.length === 0) {
    const message = `sampler ${sampler.kind} has nothing to draw; give a parameter a range {min, max} or a list {values}`;
    return [problemAt(source, path, message)];
  }
  const combinations = drawn.reduce(
    (product, spec) => product * ('values' in spec ? gridCount(spec) : Infinity),
    1,
  );
  if (combinations >= sampler.trials) return [];
  const message = `found ${sampler.trials}; the lists have only ${combinations} different combinations, use sampler grid`;
  return [problemAt(source, [...path, 'trials'], message)];
}

function pointProblems({ source, stage }: StageInSpec, index: number): InputProblem[] {
  const point = stage.points[index]!;
  const path = [...stage.path, 'points', index];
  if (stage.parameters.size === 0) {
    const message =
      'points add to the trials of parameters; give parameters first, e.g. lambda: {values: [0.001]}';
    return [problemAt(source, path, message)];
  }
  const names = [...stage.parameters.keys()];
  const strangers = (Object.keys(point) as ParameterName[])
    .filter((name) => !stage.parameters.has(name))
    .map((name) => {
      const message = `${name} is no parameter of this stage (${names.join(', ')}); add it there, e.g. ${name}: {value: …}`;
      return problemAt(source, [...path, name], message);
    });
  const missing = [...stage.parameters]
    .filter(([name, spec]) => point[name] === undefined && isDrawn(spec))
    .map(([name]) =>
      problemAt(source, path, `leaves out ${name}, which this stage searches; give it a value`),
    );
  return [...strangers, ...missing];
}

/** Two trials of a stage with the same settings would be one and the same run twice. */
function repeatedPointProblems(place: StageInSpec): InputProblem[] {
  const { source, stage } = place;
  const indexOfSampled = stage.sampler.kind === 'grid' ? gridIndex(stage) : drawnIndex(stage);
  const firstIndexOf = new Map<string, number>();
  return stage.points.flatMap((point, index) => {
    const key = pointKey(stage, point);
    const earlier = indexOfSampled(point) ?? firstIndexOf.get(key);
    if (earlier === undefined) {
      firstIndexOf.set(key, sampledCount(stage) + index);
      return [];
    }
    const values = Object.entries(point).map(([name, value]) => `${name} ${value}`);
    const message = `${values.join(', ') || 'this point'} repeats trial ${earlier}; remove it, seeds repeat a trial`;
    return [problemAt(source, [...stage.path, 'points', index], message)];
  });
}

/** A point's values in the order of parameters; one that it takes from an undecided stage stands as "best". */
function pointKey(stage: SearchStage, point: PointSpec): string {
  return [...stage.parameters]
    .map(([name, spec]) => point[name] ?? fixedValue(name, spec, NOTHING_DECIDED) ?? 'best')
    .join(' ');
}

/** Index of the grid trial equal to a point, found from the positions of its values. */
function gridIndex(stage: SearchStage): (point: PointSpec) => number | undefined {
  const axes = [...stage.parameters].map(([name, spec]) => {
    const derived = 'from' in spec;
    const positions = new Map(
      derived ? [] : axisValues(name, spec, NOTHING_DECIDED).map((value, at) => [value, at]),
    );
    return {
      name,
      count: gridCount(spec),
      derived,
      fixed: fixedValue(name, spec, NOTHING_DECIDED),
      positions,
    };
  });
  return (point) => {
    let index = 0;
    for (const { name, count, derived, fixed, positions } of axes) {
      const value = point[name] ?? fixed;
      const position = derived && value === null ? 0 : positions.get(value ?? NaN);
      if (position === undefined) return undefined;
      index = index * count + position;
    }
    return index;
  };
}

/** Index of the drawn trial equal to a point. Lists are always drawn here, to find out whether enough differ. */
function drawnIndex(stage: SearchStage): (point: PointSpec) => number | undefined {
  const specs = [...stage.parameters.values()];
  const allLists = specs.every((spec) => !('min' in spec));
  if (stage.points.length === 0 && !allLists) return () => undefined;
  // A derived value is the same in every draw, so any number may stand for it; pointKey knows it as "best".
  const derived = [...stage.parameters].filter(([, spec]) => 'from' in spec).map(([name]) => name);
  const standIn = new Map(
    specs.flatMap((spec) =>
      'from' in spec ? [[spec.from, Object.fromEntries(derived.map((name) => [name, 0]))]] : [],
    ),
  );
  const keys = sampledTrials(stage, standIn, sampledCount(stage)).map((values) =>
    pointKey(
      stage,
      Object.fromEntries(Object.entries(values).filter(([name]) => !derived.includes(name as ParameterName))),
    ),
  );
  const indexOf = new Map(keys.map((key, index) => [key, index]));
  return (point) => indexOf.get(pointKey(stage, point));
}
