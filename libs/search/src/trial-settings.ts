/** From a trial's parameters to everything that determines its runs, but their seeds. */
import {
  ENGINE_VERSION,
  type ParameterValues,
  type RunSettings,
  type SweepSpec,
  type TrainSettings,
} from '@seedbed/contracts';
import { withParameters } from './parameter-domain.js';
import type { SearchStage } from './search-stages.js';
import { type StageSettings, stageSettingsOf } from './stage-settings.js';
import { isOnTable, tableSettingsOf } from './table-stage.js';

/** A planned trial's settings hold this seed until a run's own takes its place; real seeds are 1 or more. */
export const SEED_PLACEHOLDER = 0;

/** @param datasetDigest SHA-256 of the images; a table's is in the sweep file */
export function trialSettingsOf(
  spec: SweepSpec,
  stage: SearchStage,
  datasetDigest: string,
): (parameters: ParameterValues) => RunSettings {
  if (isOnTable(spec)) return (parameters) => tableSettingsOf(spec, stage, parameters, SEED_PLACEHOLDER);
  const base = stageSettingsOf(spec, stage);
  return (parameters) => trainSettings(withParameters(base, parameters), datasetDigest);
}

function trainSettings({ data, model, training, evaluation }: StageSettings, digest: string): TrainSettings {
  return {
    task: 'train',
    engine: ENGINE_VERSION,
    data: { ...data, digest },
    model,
    training,
    evaluation,
    seed: SEED_PLACEHOLDER,
  };
}
