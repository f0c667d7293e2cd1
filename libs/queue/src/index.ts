export {
  type BlockFailure,
  type BlockQueue,
  type BlockState,
  type ClaimedBlock,
  type Lease,
  type OpenBlockQueue,
  type OpenSweepStore,
  QUEUE_DEFAULTS,
  type QueueDepth,
  type QueueSettings,
  type ServerReport,
  type ServerRoom,
  type SweepRecord,
  type SweepStore,
} from './interfaces.js';
export { LeaseLostError } from './lease-lost-error.js';
export { openBlockQueue } from './block-queue.js';
export { openSweepStore } from './sweep-store.js';
export { revisionOf } from './sweep-records.js';
export { backupLines, parseBackupLines } from './backup/backup-lines.js';
export { readBackup } from './backup/read-records.js';
export { restoreBackup, type RestoreReport } from './backup/restore-records.js';
export { inspectServer } from './inspect-server.js';
export { ACCEPT_DATA_LOSS, requireSafeServer } from './server-dangers.js';
export { checkServerUrl, redactServerUrl, serverHosts } from './server-address.js';
export { type EmbeddedServer, type EmbeddedServerOptions, startEmbeddedServer } from './embedded-server.js';
export type { ServerExit } from './server-process.js';
export { findServerBinary } from './server-binary.js';
export { createMemorySystem, type MemorySystem, type MemorySystemOptions } from './memory-system.js';
export { accessLine, accessRules, NO_DEFAULT_USER, type ServerRole } from './access-rules.js';
