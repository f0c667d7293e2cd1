// The worker's side of worker-process.mjs: a line of JSON in, a line of JSON out, one at a time.
import { createInterface } from 'node:readline';

/** @param {Record<string, (settings: any) => unknown>} tasks */
export async function serve(tasks) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { task, settings } = JSON.parse(line);
    let answer;
    try {
      const work = tasks[task];
      if (!work) throw new Error(`there is no task ${task}`);
      answer = { result: (await work(settings)) ?? null };
    } catch (error) {
      answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
