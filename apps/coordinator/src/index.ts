export {
  type Coordinator,
  type CoordinatorOptions,
  DEFAULT_LISTEN,
  startCoordinator,
} from './start-coordinator.js';
export { type CoordinatorConfig, parseConfig } from './config.js';
export { formatHostAndPort, isLoopback, type ListenAddress, parseListenAddress } from './listen-address.js';
