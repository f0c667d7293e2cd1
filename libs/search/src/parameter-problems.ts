/** What can be wrong with one parameter of a search, looked at by itself. */
import {
  type InputProblem,
  type ParameterName,
  type ParameterSpec,
  type SamplerSpec,
} from '@seedbed/contracts';
import { gridValues, type RangeSpec } from './grid-values.js';
import { domainProblem } from './parameter-domain.js';
import { type SourcePath } from './source-path.js';
import { problemAt, type SweepSource } from './sweep-source.js';

export interface ParameterPlace {
  readonly source: SweepSource;
  readonly path: SourcePath;
  readonly name: ParameterName;
  readonly sampler: SamplerSpec['kind'];
}

export function parameterProblems(place: ParameterPlace, spec: ParameterSpec): InputProblem[] {
  if ('value' in spec) return valueProblems(place, spec.value, ['value']);
  if ('values' in spec) return listProblems(place, spec.values);
  if ('min' in spec) return rangeProblems(place, spec);
  return [];
}

function valueProblems(place: ParameterPlace, value: number, member: SourcePath): InputProblem[] {
  const message = domainProblem(place.name, value);
  return message === null ? [] : [problemAt(place.source, [...place.path, ...member], message)];
}

function listProblems(place: ParameterPlace, values: readonly number[]): InputProblem[] {
  const firstIndexOf = new Map<number, number>();
  return values.flatMap((value, index) => {
    const earlier = firstIndexOf.get(value);
    if (earlier === undefined) {
      firstIndexOf.set(value, index);
      return valueProblems(place, value, ['values', index]);
    }
    const message = `repeats ${value} (entry ${earlier}); give each value once, seeds repeat a trial`;
    return [problemAt(place.source, [...place.path, 'values', index], message)];
  });
}

function rangeProblems(place: ParameterPlace, range: RangeSpec): InputProblem[] {
  const { min, max, scale, count } = range;
  const say = (member: string, message: string) => problemAt(place.source, [...place.path, member], message);
  const ends = [...valueProblems(place, min, ['min']), ...valueProblems(place, max, ['max'])];
  if (scale === 'log' && min <= 0) {
    ends.push(say('min', `found ${min} with scale log; a log range starts above 0, e.g. min: 1e-5`));
  }
  if (min > max) ends.push(say('min', `found ${min}, above max ${max}; exchange min and max`));
  if (ends.length > 0) return ends;
  if (min === max && !(place.sampler === 'grid' && count === 1)) {
    return [say('max', `found ${max}, equal to min: the range is empty; write {value: ${min}}`)];
  }
  return place.sampler === 'grid' ? gridProblems(place, range) : drawnRangeProblems(place, range);
}

function drawnRangeProblems(place: ParameterPlace, range: RangeSpec): InputProblem[] {
  if (range.count === undefined) return [];
  const message = `found ${range.count}; sampler ${place.sampler} draws from the whole range, remove count`;
  return [problemAt(place.source, [...place.path, 'count'], message)];
}

function gridProblems(place: ParameterPlace, range: RangeSpec): InputProblem[] {
  const { min, max, count } = range;
  const say = (message: string) => [problemAt(place.source, [...place.path, 'count'], message)];
  if (count === undefined)
    return say(`is missing; sampler grid needs the number of points from ${min} to ${max}`);
  if (count === 1 && min !== max)
    return say(`found 1; both ends ${min} and ${max} are points, so give 2 or more`);
  const distinct = new Set(gridValues(place.name, range)).size;
  if (distinct === count) return [];
  return say(`found ${count}; the range holds only ${distinct} different values of ${place.name}`);
}
