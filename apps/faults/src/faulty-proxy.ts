/** A TCP proxy in front of a server, for one process, that disturbs what passes in the ways of a network. */
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Nothing is forwarded any more, and nothing is closed. */
  frozen: boolean;
  /** Its next reply is lost with it. */
  losing: boolean;
}

export class FaultyProxy {
  private readonly pairs = new Set<Pair>();
  private partitioned = false;
  private delayMs = 0;
  private mark: string | null = null;
  /** How many replies were lost. */
  lost = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  /** @param host where it listens */
  static async start(targetUrl: string, host = '127.0.0.1'): Promise<FaultyProxy> {
    const server = createServer();
    const proxy = new FaultyProxy(server, new URL(targetUrl));
    server.on('connection', (client) => proxy.join(client));
    server.listen(0, host);
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    const { address, port } = this.server.address() as AddressInfo;
    url.hostname = address;
    url.port = String(port);
    return url.href;
  }

  get connections(): number {
    return this.pairs.size;
  }

  /** The script that is sent next after this file exists has its effect; its reply is lost with the connection. */
  loseReplyAfter(markPath: string): void {
    this.mark = markPath;
  }

  /** Ends all connections as a host that has forgotten them does; new ones are taken. */
  reset(): void {
    for (const { client, upstream } of this.pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
    this.pairs.clear();
  }

  /** The present connections are silent from now on; new ones are not. */
  halfOpen(): void {
    for (const pair of this.pairs) pair.frozen = true;
  }

  /** Present and new connections are silent until `heal`. */
  partition(): void {
    this.partitioned = true;
    this.halfOpen();
  }

  /** What was silent stays so for its process, which must notice by itself. */
  heal(): void {
    this.partitioned = false;
    this.delayMs = 0;
  }

  /** Everything that passes is late by so much, until `heal`. */
  delay(durationMs: number): void {
    this.delayMs = durationMs;
  }

  async stop(): Promise<void> {
    this.reset();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const pair: Pair = { client, upstream, frozen: this.partitioned, losing: false };
    this.pairs.add(pair);
    client.on('data', (data) => {
      if (pair.frozen) return;
      if (this.isToLose(data)) pair.losing = true;
      this.pass(upstream, data);
    });
    upstream.on('data', (data) => {
      if (pair.frozen) return;
      if (pair.losing) {
        this.lost += 1;
        client.resetAndDestroy();
      } else this.pass(client, data);
    });
    const end = () => {
      this.pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.setNoDelay().on('error', end).on('close', end);
  }

  private isToLose(data: Buffer): boolean {
    if (this.mark === null || !/\beval/i.test(data.toString('latin1')) || !existsSync(this.mark))
      return false;
    rmSync(this.mark);
    this.mark = null;
    return true;
  }

  private pass(to: Socket, data: Buffer): void {
    if (this.delayMs === 0) to.write(data);
    else setTimeout(() => to.writable && to.write(data), this.delayMs);
  }
}
