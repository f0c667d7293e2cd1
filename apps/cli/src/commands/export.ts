/** `seedbed export SWEEP`: results for other tools. */
import { Option } from 'commander';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION, SEED_MAX, wholeNumber } from './options.js';
import { addSelection, type SelectionOptions } from './query.js';

const FORMATS = ['csv', 'jsonl', 'parquet', 'mlflow'] as const;

interface ExportOptions extends SelectionOptions {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly experiment: string;
  readonly weights?: string;
  readonly stage?: string;
  readonly trial?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

export function registerExport({ program, context, run }: CommandHost): void {
  const command = program
    .command('export')
    .description(
      'write a sweep for other tools: CSV, JSON Lines, Parquet, MLflow, or a network for TensorFlow.js',
    )
    .argument('<sweep>', 'id of the sweep')
    .addOption(new Option('--format <format>', 'what to write').choices([...FORMATS]).default('csv'))
    .option('--output <target>', 'a file (default: standard output), or the address of an MLflow server');
  addSelection(command, 'runs')
    .option('--experiment <name>', 'experiment on the MLflow server', 'seedbed')
    .option(
      '--weights <dir>',
      'instead of rows: the weights of one network as a layers model of TensorFlow.js',
    )
    .option('--stage <name>', 'with --weights: of this stage (default: the last that is decided)')
    .option(
      '--trial <index>',
      'with --weights: of this trial (default: the chosen one)',
      wholeNumber(0, SEED_MAX),
    )
    .option('--seed <seed>', 'with --weights: of this seed (default: the first)', wholeNumber(0, SEED_MAX))
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Columns are all fields and parameters unless --columns says; in CSV no cell begins like a formula. MLflow's server may also be
named by MLFLOW_TRACKING_URI, with MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
${examples(
  'seedbed export my-sweep > runs.csv',
  'seedbed export my-sweep --format parquet --output runs.parquet',
  'seedbed export my-sweep --of trials --where "verdict != excluded" --format jsonl',
  'seedbed export my-sweep --weights model/',
  'seedbed export my-sweep --format mlflow --output http://127.0.0.1:5000 --experiment cifar',
)}`,
    )
    .action((sweepId: string, options: ExportOptions) =>
      run(async () => {
        const {
          format,
          output = null,
          experiment,
          weights,
          stage,
          trial,
          seed,
          json = false,
          ...query
        } = options;
        if (weights !== undefined) {
          const { exportWeights } = await import('../export/export-weights.js');
          const network = { stage: stage ?? null, trial: trial ?? null, seed: seed ?? null };
          return exportWeights(context, sweepId, { ...network, directory: weights, json });
        }
        if (format === 'mlflow') {
          const address = output ?? context.environment['MLFLOW_TRACKING_URI'] ?? '';
          const { exportToMlflow } = await import('../export/export-to-mlflow.js');
          return exportToMlflow(
            context,
            sweepId,
            { address, experiment },
            { json, selected: Object.keys(query) },
          );
        }
        const { exportRows } = await import('../export/export-sweep.js');
        const columns = query.columns ?? (query.groupBy === undefined ? '*' : undefined);
        return exportRows(context, sweepId, { of: 'runs', ...query, columns, format, output });
      }, options),
    );
}
