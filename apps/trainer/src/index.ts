export { startTrainer, superviseChildren, type Trainer, type TrainerOptions } from './supervisor.js';
export type { CheckpointStore } from './checkpoint-store.js';
export type { ChildIdentity } from './protocol.js';
export type { PackListeners, PackOutcome, TrainingChild, TrainingOrder } from './training-child.js';
export { childEnvironment } from './child-command.js';
export { defaultChildren, thisMachine } from './available-cores.js';
export { choosePacking } from './pack-width.js';
export { trainerMainPath } from './main-path.js';
