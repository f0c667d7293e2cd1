export {
  type Coordinator,
  type CoordinatorOptions,
  DEFAULT_LISTEN,
  startCoordinator,
} from './start-coordinator.js';
export { type CoordinatorConfig, parseConfig } from './config.js';
export { formatHostAndPort, isLoopback, type ListenAddress, parseListenAddress } from './listen-address.js';
export { Conductor } from './conductor/conductor.js';
export { ConductorLoop } from './conductor/conductor-loop.js';
export { answerOf } from './reading/sweep-answer.js';
export { readFacts } from './reading/sweep-facts.js';
export { control, retry } from './sweeps/control.js';
export { launchSweep } from './sweeps/launch.js';
