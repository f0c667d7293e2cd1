/**
 * Problems of the pieces of a sweep file that can be judged alone: parameters, points, seeds, λ, batch size. Each piece
 * that meets its own schema is looked at even when others do not, so that one reading reports as much as possible.
 */
import {
  type InputProblem,
  type ParameterName,
  PARAMETER_NAMES,
  parameterSpecSchema,
  seedsSpecSchema,
} from '@seedbed/contracts';
import { domainProblem } from './parameter-domain.js';
import { parameterProblems } from './parameter-problems.js';
import { seedsProblems } from './seeds.js';
import { type SourcePath, valueAt } from './source-path.js';
import { problemAt, type SweepSource } from './sweep-source.js';

export function pieceProblems(source: SweepSource): InputProblem[] {
  const stages = valueAt(source.value, ['stages']);
  const blocks: SourcePath[] = [[]];
  if (Array.isArray(stages)) stages.forEach((_, index) => blocks.push(['stages', index]));
  return blocks.flatMap((block) => blockProblems(source, block));
}

/** Problems of the top level (path []) or of one stage. */
export function blockProblems(source: SweepSource, block: SourcePath): InputProblem[] {
  const at = (...member: SourcePath) => valueAt(source.value, [...block, ...member]);
  const problems: InputProblem[] = [];

  const seeds = seedsSpecSchema.safeParse(at('seeds'));
  if (seeds.success) problems.push(...seedsProblems(source, [...block, 'seeds'], seeds.data));

  const kind = at('sampler', 'kind');
  const sampler = kind === 'random' || kind === 'sobol' ? kind : 'grid';
  for (const name of PARAMETER_NAMES) {
    const spec = parameterSpecSchema.safeParse(at('parameters', name));
    const path = [...block, 'parameters', name];
    if (spec.success) problems.push(...parameterProblems({ source, path, name, sampler }, spec.data));
  }
  for (const name of ['lambda', 'batchSize'] as const) {
    problems.push(...numberProblems(source, [...block, 'training', name], name));
  }
  const points = at('points');
  if (Array.isArray(points)) {
    for (const index of points.keys()) {
      for (const name of PARAMETER_NAMES) {
        problems.push(...numberProblems(source, [...block, 'points', index, name], name));
      }
    }
  }
  if (at('data', 'order') === 'file' && at('data', 'dataSeed') !== undefined) {
    const message = 'has no effect with order: file; remove it or write order: shuffled';
    problems.push(problemAt(source, [...block, 'data', 'dataSeed'], message));
  }
  return problems;
}

function numberProblems(source: SweepSource, path: SourcePath, name: ParameterName): InputProblem[] {
  const value = valueAt(source.value, path);
  // What is no finite number is the schema's to report.
  if (typeof value !== 'number' || !Number.isFinite(value)) return [];
  const message = domainProblem(name, value);
  return message === null ? [] : [problemAt(source, path, message)];
}
