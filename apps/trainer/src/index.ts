export { startTrainer, type Trainer, type TrainerOptions } from './supervisor.js';
export { childEnvironment } from './child-command.js';
export { defaultChildren, thisMachine } from './available-cores.js';
export { choosePacking } from './pack-width.js';
export { trainerMainPath } from './main-path.js';
