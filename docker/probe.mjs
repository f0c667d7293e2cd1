// A container's health check: `node probe.mjs URL` ends with 0 when the URL answers with success, else with 1.
// A program of its own, because a slim base has neither curl nor wget.

/** Below the health check's own limit, so that the reason is printed before the check is ended. */
const TIMEOUT_MS = 4_000;

const [url = ''] = process.argv.slice(2);
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  process.stdout.write(`${response.status} ${(await response.text()).slice(0, 500)}\n`);
  process.exitCode = response.ok ? 0 : 1;
} catch (thrown) {
  process.stdout.write(`${url}: ${reasonOf(thrown)}\n`);
  process.exitCode = 1;
}

/** @param {unknown} thrown fetch keeps the reason (ECONNREFUSED) one level down */
function reasonOf(thrown) {
  return thrown instanceof Error ? String(thrown.cause ?? thrown) : String(thrown);
}
