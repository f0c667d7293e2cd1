export { startTrainer, type Trainer, type TrainerOptions } from './supervisor.js';
export { trainerMainPath } from './main-path.js';
