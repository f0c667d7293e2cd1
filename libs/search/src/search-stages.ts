/** The stages of a sweep file, whichever of its two forms it has. */
import {
  type ParameterName,
  PARAMETER_NAMES,
  type ParameterSpec,
  type PreflightSpec,
  type SamplerSpec,
  type StageSpec,
  type SweepSpec,
} from '@seedbed/contracts';
import { type SourcePath } from './source-path.js';

/** The preflight gradient check is a stage of this name; no search stage may have it. */
export const GRADIENT_CHECK_STAGE = 'gradient-check';
/** Name of the one stage of a sweep whose parameters stand at the top level. */
export const SINGLE_STAGE = 'search';

export type PointSpec = Readonly<Partial<Record<ParameterName, number>>>;

export interface SearchStage {
  readonly name: string;
  /** Where the stage stands in the file; empty for a search at the top level. */
  readonly path: SourcePath;
  readonly sampler: SamplerSpec;
  /** In the order of PARAMETER_NAMES whatever the order of keys in the file, so that indices do not depend on it. */
  readonly parameters: ReadonlyMap<ParameterName, ParameterSpec>;
  readonly points: readonly PointSpec[];
  readonly overrides: Pick<
    StageSpec,
    'data' | 'model' | 'training' | 'evaluation' | 'seeds' | 'answer' | 'pruning' | 'racing'
  >;
}

const GRID: SamplerSpec = { kind: 'grid' };

/** Search stages in the order of the file. */
export function searchStagesOf(spec: SweepSpec): SearchStage[] {
  if (spec.stages === undefined) return [toStage({ name: SINGLE_STAGE, ...searchOf(spec) }, [])];
  return spec.stages.map((stage, index) => toStage(stage, ['stages', index]));
}

export interface PreflightStage {
  readonly name: string;
  readonly check: PreflightSpec;
}

/** Each check is a stage that is called like it; a second one of its kind has a number. */
export function preflightStagesOf({ preflight = [] }: Pick<SweepSpec, 'preflight'>): PreflightStage[] {
  return preflight.map((check, index) => {
    const earlier = preflight.slice(0, index).filter((other) => other.check === check.check).length;
    return { name: earlier === 0 ? check.check : `${check.check}-${earlier + 1}`, check };
  });
}

export function dependenciesOf(stage: SearchStage): string[] {
  const names = [...stage.parameters.values()].flatMap((parameter) =>
    'from' in parameter ? [parameter.from] : [],
  );
  return [...new Set(names)];
}

function searchOf(spec: SweepSpec): Pick<StageSpec, 'sampler' | 'parameters' | 'points'> {
  const { sampler, parameters, points } = spec;
  return { ...(sampler && { sampler }), ...(parameters && { parameters }), ...(points && { points }) };
}

function toStage(stage: StageSpec, path: SourcePath): SearchStage {
  const { name, sampler, parameters, points, ...overrides } = stage;
  const entries = PARAMETER_NAMES.flatMap((parameter): [ParameterName, ParameterSpec][] => {
    const parameterSpec = parameters?.[parameter];
    return parameterSpec === undefined ? [] : [[parameter, parameterSpec]];
  });
  return {
    name,
    path,
    sampler: sampler ?? GRID,
    parameters: new Map(entries),
    points: (points ?? []) as readonly PointSpec[],
    overrides,
  };
}
