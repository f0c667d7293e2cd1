// Turns what `seedbed results SWEEP --json` prints for the sweep of coarse-60-seeds.yaml into coarse-60-seeds.json, which is
// written beside this file. Reads standard input.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { resultsResponseSchema, SEEDBED_VERSION } from '@seedbed/contracts';

const { stages } = resultsResponseSchema.parse(JSON.parse(readFileSync(0, 'utf8')));
const stage = stages.find(({ kind }) => kind === 'search');
if (stage === undefined || stage.committed !== stage.planned) throw new Error('the sweep is not complete');
const counts = new Set(stage.trials.flatMap(({ runs }) => runs.map(({ validation }) => validation?.count)));
const [count] = counts;
if (counts.size !== 1 || count === undefined) throw new Error('runs differ in their number of images');

const bank = {
  schemaVersion: 1,
  description: 'right answers on the validation images by λ and seed; seed s is the s-th number of each row',
  sweep: 'bench/bank/coarse-60-seeds.yaml',
  seedbed: SEEDBED_VERSION,
  numericsClass: process.argv[2] ?? null,
  count,
  trials: stage.trials.map(({ parameters, runs }) => ({
    lambda: parameters['lambda'],
    correct: runs.map(({ validation }) => validation?.correct),
  })),
};
const path = join(import.meta.dirname, 'coarse-60-seeds.json');
writeFileSync(path, await format(JSON.stringify(bank), { ...(await resolveConfig(path)), filepath: path }));
