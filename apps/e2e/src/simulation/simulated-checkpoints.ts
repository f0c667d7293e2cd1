/** The coordinator's checkpoints: slow, sometimes away, sometimes damaged. */
import { type CheckpointList, RetryableError, type RunId, sha256 } from '@seedbed/contracts';
import type { CheckpointStore } from '@seedbed/trainer';
import type { Wire } from './faulty-wire.js';
import type { Owner } from './virtual-time.js';

const TRANSFER_MS_MAX = 50;
const KEPT_PER_RUN = 2;
/** Of what is read: harmless at any time, so it goes on after everything else has healed. */
const DAMAGED_SHARE = 0.05;

interface Kept {
  readonly runId: RunId;
  readonly step: number;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export class SimulatedCheckpoints {
  private kept: Kept[] = [];

  constructor(
    private readonly wire: Wire,
    private readonly violation: (what: string) => void,
  ) {}

  for(owner: Owner): CheckpointStore {
    const over = <T>(work: () => T): Promise<T> => {
      const { time, random, rates } = this.wire;
      return new Promise((resolve, reject) => {
        const isAway = random.chance(2 * (rates.lostRequest + rates.lostReply));
        time.schedule(owner, random.between(0, TRANSFER_MS_MAX), () => {
          if (isAway) reject(new RetryableError('the coordinator is away'));
          else resolve(work());
        });
      });
    };
    return {
      list: (runIds) => over(() => this.list(runIds)),
      read: async ({ runId, step }, digest) => {
        const bytes = await over(() => this.read(runId, step));
        if (bytes === null || sha256(String(bytes)) !== digest) throw new RetryableError('damaged or gone');
        return bytes;
      },
      write: ({ runId, step }, bytes) => over(() => this.write(runId, step, bytes)),
    };
  }

  private list(runIds: readonly RunId[]): CheckpointList['checkpoints'] {
    return this.kept
      .filter(({ runId }) => runIds.includes(runId))
      .map(({ runId, step, bytes, sha256: digest }) => ({
        runId,
        step,
        sizeBytes: bytes.length,
        sha256: digest,
      }));
  }

  private read(runId: RunId, step: number): Buffer | null {
    const { random, happenings } = this.wire;
    const found = this.kept.find((one) => one.runId === runId && one.step === step);
    if (found === undefined) return null;
    if (!random.chance(DAMAGED_SHARE)) return Buffer.from(found.bytes);
    happenings.note('checkpoint damaged');
    return Buffer.from('damaged');
  }

  private write(runId: RunId, step: number, bytes: Uint8Array): void {
    const digest = sha256(String(Buffer.from(bytes)));
    const same = this.kept.find((one) => one.runId === runId && one.step === step);
    if (same !== undefined && same.sha256 !== digest) this.violation('two states of one run at one step');
    if (same !== undefined) return;
    this.wire.happenings.note('checkpoint written');
    this.kept.push({ runId, step, bytes: Buffer.from(bytes), sha256: digest });
    const own = this.kept.filter((one) => one.runId === runId).sort((a, b) => b.step - a.step);
    const old = new Set(own.slice(KEPT_PER_RUN));
    this.kept = this.kept.filter((one) => !old.has(one));
  }
}
