/** A TCP proxy in front of a server that loses replies and falls silent on demand. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class FaultyProxy {
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #silent = false;
  #losing: string | null = null;
  /** How many replies were lost. */
  lost = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async start(targetUrl: string): Promise<FaultyProxy> {
    const server = createServer();
    const proxy = new FaultyProxy(server, new URL(targetUrl));
    server.on('connection', (client) => proxy.#join(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** The next command whose bytes contain the text reaches the server; its reply is lost with the connection. */
  loseReplyTo(text: string): void {
    this.#losing = text;
  }

  /** Nothing is forwarded any more, and nothing is closed: a half-open connection. */
  fallSilent(): void {
    this.#silent = true;
  }

  speakAgain(): void {
    this.#silent = false;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Ends all connections; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    let losing = false;
    client.on('data', (data) => {
      if (this.#silent) return;
      if (this.#losing !== null && data.includes(this.#losing)) {
        losing = true;
        this.#losing = null;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (this.#silent) return;
      if (losing) {
        this.lost += 1;
        client.destroy();
      } else {
        client.write(data);
      }
    });
    const end = () => {
      this.#pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
  }
}
