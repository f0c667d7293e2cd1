/** For what no signal tells: asks until the answer is there. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 20;

export async function until(condition: () => Promise<boolean>): Promise<void> {
  await untilDefined(async () => ((await condition()) ? true : undefined));
}

export async function untilDefined<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    // A store that is away answers later.
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
