export { openBackend, instructionSet, type Backend } from './backend.js';
export type { Kernels, Tensor } from './kernels.js';
export { learningRateAt } from './learning-rate.js';
export { initialWeights, type NetworkShape, type Weights } from './initial-weights.js';
export { PreparedData, type LabelledRows, type TrainingData } from './prepared-data.js';
export { trainPack, type PackOptions } from './train-pack.js';
export { checkGradients } from './gradient-check.js';
export { evaluationPoints } from './evaluation-points.js';
export { windowBatches } from './windows.js';
