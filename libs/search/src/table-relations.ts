/** What does not go together in a stage on a table, and what of tables stands in a stage on images. */
import { type InputProblem, type ParameterName } from '@seedbed/contracts';
import { seedsOf, SEEDS_DEFAULT } from './seeds.js';
import { type SourcePath, valueAt } from './source-path.js';
import { type StageInSpec } from './stage-relations.js';
import { problemAt } from './sweep-source.js';
import { isOnTable, optimizerOf } from './table-stage.js';

type Setting = readonly [path: readonly string[], advice: string];

/** Settings that a stage on a table cannot have. */
const OF_IMAGES: readonly Setting[] = [
  [['data', 'set'], 'remove it'],
  [['data', 'train'], 'a table is split by folds or validationShare'],
  [['data', 'validation'], 'a table is split by folds or validationShare'],
  [['data', 'order'], 'the rows of a table are shuffled anew every epoch, by dataSeed'],
  [['training', 'lambda'], 'give training.weightDecay'],
  [['pruning'], 'rungs are for the two-layer network of images'],
];
/** Settings that only a stage on a table can have. */
const OF_TABLES: readonly Setting[] = [
  ...['target', 'task', 'features', 'folds', 'validationShare', 'testShare', 'facts'].map((name): Setting => [
    ['data', name],
    'it needs data.table',
  ]),
  ...['depth', 'layers', 'activation'].map((name): Setting => [['model', name], 'it needs data.table']),
  ...['optimizer', 'weightDecay', 'decoupled', 'dropout', 'dropoutSeed'].map((name): Setting => [
    ['training', name],
    'it needs data.table; the two-layer network of images is trained by plain gradient descent with training.lambda',
  ]),
];
/** One table for the whole sweep: stages are about the same question. */
const OF_THE_SWEEP = ['table', 'target', 'task', 'features', 'facts'] as const;
const PARAMETERS_OF_TABLES: readonly ParameterName[] = [
  'depth',
  'weightDecay',
  'momentum',
  'beta1',
  'beta2',
  'dropout',
];

export function tableProblems(place: StageInSpec): InputProblem[] {
  const onTable = isOnTable(place.spec);
  return [
    ...kindProblems(place, onTable),
    ...strangeSettings(place, onTable ? OF_IMAGES : OF_TABLES, onTable ? 'a table' : 'images'),
    ...strangeParameters(place, onTable),
    ...(onTable ? [...ofOneTable(place), ...layerProblems(place), ...foldProblems(place)] : []),
  ];
}

/** The places where a setting can stand: the stage, and the top level. */
function placesOf({ stage }: StageInSpec, member: SourcePath): SourcePath[] {
  return stage.path.length === 0 ? [[...member]] : [[...stage.path, ...member], [...member]];
}

/** Where a setting was given; null where it was not. */
function givenAt(place: StageInSpec, ...member: string[]): SourcePath | null {
  return placesOf(place, member).find((path) => valueAt(place.source.value, path) !== undefined) ?? null;
}

function strangeSettings(place: StageInSpec, settings: readonly Setting[], on: string): InputProblem[] {
  return settings.flatMap(([member, advice]) => {
    const path = givenAt(place, ...member);
    return path === null
      ? []
      : [problemAt(place.source, path, `means nothing in a search on ${on}; ${advice}`)];
  });
}

function kindProblems(place: StageInSpec, onTable: boolean): InputProblem[] {
  const path = givenAt(place, 'model', 'kind');
  const needed = onTable ? 'mlp' : 'two-layer';
  if (path === null || valueAt(place.source.value, path) === needed) return [];
  const message = onTable
    ? 'found "two-layer", the network of images; on a table the kind is "mlp"'
    : 'found "mlp", which is trained on a table; give data.table, or kind: two-layer';
  return [problemAt(place.source, path, message)];
}

function strangeParameters(place: StageInSpec, onTable: boolean): InputProblem[] {
  const { source, stage, spec } = place;
  const optimizer = optimizerOf(spec, stage).kind;
  return [...stage.parameters.keys()].flatMap((name) => {
    const why = strangeness(name, onTable, optimizer);
    return why === null ? [] : [problemAt(source, [...stage.path, 'parameters', name], why)];
  });
}

function strangeness(name: ParameterName, onTable: boolean, optimizer: string): string | null {
  if (!onTable)
    return PARAMETERS_OF_TABLES.includes(name) ? `${name} is searched on tables only; give data.table` : null;
  if (name === 'lambda') return 'lambda is searched on images only; search weightDecay';
  if (name === 'momentum' && optimizer !== 'sgd')
    return 'momentum belongs to optimizer sgd; set training.optimizer to {kind: sgd}';
  if ((name === 'beta1' || name === 'beta2') && optimizer !== 'adam')
    return `${name} belongs to optimizer adam; set training.optimizer to {kind: adam}`;
  return null;
}

function ofOneTable(place: StageInSpec): InputProblem[] {
  const { source, spec, stage } = place;
  const problems = OF_THE_SWEEP.flatMap((name) => {
    const path = [...stage.path, 'data', name];
    if (stage.path.length === 0 || valueAt(source.value, path) === undefined) return [];
    return [problemAt(source, path, `is the same for all stages; move it to data at the top level`)];
  });
  if (spec.data?.target === undefined) {
    const message = `names table ${spec.data?.table ?? ''} but not what to predict; give data.target, the name of a column`;
    problems.push(problemAt(source, ['data', 'table'], message));
  } else if (spec.data.features?.includes(spec.data.target) === true) {
    const message = `lists the target "${spec.data.target}"; a network that reads what it is to predict learns nothing`;
    problems.push(problemAt(source, ['data', 'features'], message));
  }
  for (const [index, { check }] of (spec.preflight ?? []).entries()) {
    if (check === 'canary') continue;
    const message = `${check} is of the two-layer network of images; remove it (a canary is possible)`;
    problems.push(problemAt(source, ['preflight', index], message));
  }
  return problems;
}

function layerProblems(place: StageInSpec): InputProblem[] {
  const { source, stage } = place;
  const problems: InputProblem[] = [];
  if (givenAt(place, 'model', 'layers') !== null) {
    for (const name of ['hidden', 'depth'] as const) {
      const path = stage.parameters.has(name)
        ? [...stage.path, 'parameters', name]
        : givenAt(place, 'model', name);
      if (path === null) continue;
      const message = `${name} stands beside model.layers, which says it all; remove one of them`;
      problems.push(problemAt(source, path, message));
    }
  }
  const optimizer = optimizerOf(place.spec, stage);
  const at = givenAt(place, 'training', 'optimizer');
  if (optimizer.kind !== 'sgd' || at === null) return [...problems, ...ofOtherOptimizer(place)];
  if (optimizer.nesterov && optimizer.momentum === 0 && !stage.parameters.has('momentum')) {
    const message = 'nesterov needs momentum above 0; give momentum, e.g. 0.9';
    problems.push(problemAt(source, [...at, 'nesterov'], message));
  }
  return [...problems, ...ofOtherOptimizer(place)];
}

function ofOtherOptimizer(place: StageInSpec): InputProblem[] {
  const at = givenAt(place, 'training', 'optimizer');
  if (at === null) return [];
  const { kind } = optimizerOf(place.spec, place.stage);
  const strange = kind === 'sgd' ? ['beta1', 'beta2', 'epsilon'] : ['momentum', 'nesterov'];
  return strange.flatMap((name) => {
    const path = [...at, name];
    if (valueAt(place.source.value, path) === undefined) return [];
    return [problemAt(place.source, path, `${name} is no setting of ${kind}; remove it`)];
  });
}

/** A mean over part of the folds would leave rows out, other ones for each number of seeds. */
function foldProblems(place: StageInSpec): InputProblem[] {
  const { source, spec, stage } = place;
  const folds = stage.overrides.data?.folds ?? spec.data?.folds;
  if (folds === undefined) return [];
  const problems: InputProblem[] = [];
  const validation = givenAt(place, 'data', 'validationShare');
  if (validation !== null) {
    const message = `stands beside folds, which split all rows; remove one of them`;
    problems.push(problemAt(source, validation, message));
  }
  const seeds = seedsOf(stage.overrides.seeds ?? spec.seeds ?? SEEDS_DEFAULT);
  const counts = Array.from({ length: folds }, (_, fold) =>
    seeds.filter((seed) => mod(seed - 1, folds) === fold),
  );
  if (counts.every(({ length }) => length === counts[0]?.length)) return problems;
  const path = givenAt(place, 'seeds') ?? givenAt(place, 'data', 'folds') ?? stage.path;
  const message = `found ${seeds.length} seeds (${seeds.slice(0, 3).join(', ')}…); with ${folds} folds each seed is a fold, so give ${folds}, ${2 * folds} or another multiple, counted from 1`;
  return [...problems, problemAt(source, path, message)];
}

function mod(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
