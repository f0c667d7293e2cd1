export {
  type Coordinator,
  type CoordinatorOptions,
  DEFAULT_LISTEN,
  startCoordinator,
} from './start-coordinator.js';
export { type CoordinatorConfig, parseConfig } from './config.js';
export { type ListenAddress } from './listen-address.js';
