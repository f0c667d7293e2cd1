/** Speaks to whichever coordinator is there, as a patient person would: an outage is waited out, a refusal is not. */
import {
  isFinished,
  type RunRow,
  runsResponseSchema,
  sweepListSchema,
  type SweepSpec,
  type SweepStatus,
  sweepStatusSchema,
} from '@seedbed/contracts';
import { until } from './until.js';

const REQUEST_TIMEOUT_MS = 10_000;
/** Longer than the longest outage. */
const PATIENCE_MS = 360_000;

export class Client {
  /** Sweeps that were launched here, each once. */
  private readonly launched = new Set<string>();

  /** @param url of the coordinator at this moment; null while there is none */
  constructor(private readonly url: () => string | null) {}

  /** Sent again with its key until it is answered: the sweep exists once. */
  async launch(spec: SweepSpec, idempotencyKey: string): Promise<string> {
    const response = await this.request('/v1/sweeps', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ spec }),
    });
    const { sweepId } = sweepStatusSchema.parse(JSON.parse(response));
    this.launched.add(sweepId);
    return sweepId;
  }

  /** @returns sweeps that are there although nobody launched them: a launch that was sent again became another one */
  async strangers(): Promise<string[]> {
    const { sweeps } = sweepListSchema.parse(JSON.parse(await this.request('/v1/sweeps?limit=100')));
    return sweeps.map(({ sweepId }) => sweepId).filter((sweepId) => !this.launched.has(sweepId));
  }

  async status(sweepId: string): Promise<SweepStatus> {
    return sweepStatusSchema.parse(JSON.parse(await this.request(`/v1/sweeps/${sweepId}`)));
  }

  /** @param signal ends the waiting with an error */
  async finished(sweepId: string, deadlineMs: number, signal?: AbortSignal): Promise<SweepStatus> {
    const ask = async () => {
      const status = await this.status(sweepId);
      return isFinished(status.state) ? status : null;
    };
    return until(`${sweepId} is finished`, deadlineMs, ask, signal);
  }

  /** The bytes of answer.json. */
  answer(sweepId: string): Promise<string> {
    return this.request(`/v1/sweeps/${sweepId}/answer`);
  }

  async runs(sweepId: string): Promise<RunRow[]> {
    return runsResponseSchema.parse(JSON.parse(await this.request(`/v1/sweeps/${sweepId}/runs?limit=1000`)))
      .runs;
  }

  /** @throws Error when it is refused, or not answered in six minutes */
  async request(path: string, options: RequestInit = {}): Promise<string> {
    const { ok, status, body } = await until(`${path} is answered`, PATIENCE_MS, async () => {
      const url = this.url();
      if (url === null) return null;
      const response = await fetch(url + path, {
        ...options,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.status === 503) throw new Error(`503: ${text.slice(0, 200)}`);
      return { ok: response.ok, status: response.status, body: text };
    });
    if (!ok) throw new Error(`${path} answered ${status}: ${body.slice(0, 500)}`);
    return body;
  }
}
