/** A primary, a replica and three Sentinels in the place of one throw-away server. */
import { type ThrowawaySentinels, startThrowawaySentinels } from '@seedbed/queue/sentinel-fixture';
import type { ThrowawayServer } from '@seedbed/queue/server-fixture';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class SentinelServer implements ThrowawayServer {
  private constructor(
    readonly sentinels: ThrowawaySentinels,
    private primaryPort: number,
    /** Empty: the servers have folders of their own, which go with them. */
    readonly directory: string,
  ) {}

  static async start(): Promise<SentinelServer> {
    const sentinels = await startThrowawaySentinels();
    const directory = mkdtempSync(join(tmpdir(), 'seedbed-sentinels-'));
    return new SentinelServer(sentinels, await sentinels.primaryPort(), directory);
  }

  /** Of the primary that was found last. */
  get url(): string {
    return this.sentinels.urlOf(this.primaryPort);
  }

  get urls(): ThrowawayServer['urls'] {
    return this.sentinels.urls;
  }

  get processId(): number {
    return this.sentinels.processId(this.primaryPort);
  }

  /** Of the primary, without waiting for its successor. */
  async kill(): Promise<void> {
    await this.sentinels.killPrimary();
  }

  /** Waits until another is the primary, and starts the killed one as its replica. */
  async restart(): Promise<void> {
    const killed = this.primaryPort;
    this.primaryPort = await this.sentinels.failedOver(killed);
    await this.sentinels.revive(killed);
    await this.sentinels.caughtUp();
  }

  journalBytes(): Promise<number> {
    throw new TypeError('of which of the servers?');
  }

  cutJournal(): Promise<void> {
    throw new TypeError('of which of the servers?');
  }

  async stop(): Promise<void> {
    await this.sentinels.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
