/** What an undisturbed system answers; asked for once a sweep. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SweepSpec } from '@seedbed/contracts';
import { History } from './history.js';
import type { Profile } from './profiles.js';
import { System } from './system.js';

const TRAINERS = 2;
const DEADLINE_MS = 300_000;

export class ReferenceAnswers {
  private readonly answers = new Map<string, Promise<string>>();
  private started: Promise<System> | null = null;
  private readonly directory = mkdtempSync(join(tmpdir(), 'seedbed-reference-'));

  constructor(private readonly profile: Profile) {}

  of(spec: SweepSpec): Promise<string> {
    const key = JSON.stringify(spec);
    const known = this.answers.get(key) ?? this.compute(spec);
    this.answers.set(key, known);
    return known;
  }

  async close(): Promise<void> {
    await (await this.started)?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async compute(spec: SweepSpec): Promise<string> {
    this.started ??= System.start({
      // Made-up results do not depend on how long they take.
      profile: { ...this.profile, runMs: this.profile.runMs === null ? null : [0, 1] },
      trainers: TRAINERS,
      history: new History(join(this.directory, 'undisturbed.jsonl')),
    });
    const { client } = await this.started;
    const sweepId = await client.launch(spec, spec.name);
    const { state, reason } = await client.finished(sweepId, DEADLINE_MS);
    if (state !== 'completed') throw new Error(`undisturbed, ${spec.name} ended ${state}: ${reason}`);
    return client.answer(sweepId);
  }
}
