import { coerceError } from '@seedbed/contracts';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import { Socket } from 'node:net';
import { connectPinned, type PinnedAddress } from './tls/pinned-connection.js';

/** Long enough for what was sent to leave. */
const DISCONNECT_TIMEOUT_MS = 2_000;

/**
 * How ioredis connects to a server that is known by its fingerprint. ioredis gives up for ever when a connector rejects, and
 * tries again when it gives back a stream that has failed: so a failure becomes such a stream.
 */
export function pinnedConnector(address: PinnedAddress): NonNullable<RedisOptions['Connector']> {
  return class PinnedConnector extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS);
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      try {
        this.stream = await connectPinned(address);
        // Told to disconnect meanwhile.
        if (!this.connecting) this.stream.destroy();
      } catch (thrown) {
        this.firstError = coerceError(thrown);
        this.stream = new Socket().destroy();
      }
      return this.stream as Socket;
    }
  };
}
