import { type Redis, type RedisOptions, SentinelConnector } from 'ioredis';

interface Clients {
  connectToSentinel(endpoint: object, options?: RedisOptions): Redis;
}

/** Its types keep the method to themselves; ioredis has no other place to reach its clients of Sentinels. */
const Connector = SentinelConnector as unknown as new (options: unknown) => Clients;

/**
 * ioredis's connector, less a line on the console for every try to reach a Sentinel that is away: those that listen for a
 * failover try again every second for as long as it is.
 */
class QuietConnector extends Connector {
  override connectToSentinel(endpoint: object, options?: RedisOptions): Redis {
    const client = super.connectToSentinel(endpoint, options);
    client.on('error', () => {});
    return client;
  }
}

export const QuietSentinelConnector = QuietConnector as unknown as NonNullable<RedisOptions['Connector']>;
