/** Which kernels would train, asked of a real training process: nobody else may load them. */
import { fork } from 'node:child_process';
import { coerceError } from '@seedbed/contracts';
import { z } from 'zod';
import { appScript } from '../system/installation.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Native kernels load in under a second, on a loaded machine in a few. */
const HELLO_TIMEOUT_MS = 60_000;
const LAST_WORDS_LENGTH = 1_000;

/** The first message of a training process; see apps/trainer/src/protocol.ts. */
const helloSchema = z.object({
  type: z.literal('hello'),
  backend: z.string(),
  tensorflow: z.string().nullable(),
  numericsClass: z.string(),
  fallbackReason: z.string().nullable(),
});
type Hello = z.infer<typeof helloSchema>;

export async function checkBackend(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Finding> {
  let hello: Hello;
  try {
    hello = await askTrainingProcess(appScript('trainer', 'child.js'), environment, signal);
  } catch (thrown: unknown) {
    signal.throwIfAborted();
    return problem(
      'backend',
      `no training process starts: ${coerceError(thrown).message}`,
      'run `npm run setup` again',
    );
  }
  const { type: _type, ...facts } = hello;
  const version = hello.tensorflow === null ? '' : ` ${hello.tensorflow}`;
  const detail = `${hello.backend}${version}, numerics class ${hello.numericsClass}`;
  if (hello.fallbackReason === null) return ok('backend', detail, facts);
  return warning(
    'backend',
    `${detail}; not the native kernels: ${hello.fallbackReason}`,
    'training works, but many times slower; `npm run setup` says what native kernels need',
    facts,
  );
}

/** Starts one, waits for its first message and ends it. */
function askTrainingProcess(
  script: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [], {
      env: { ...environment, TF_CPP_MIN_LOG_LEVEL: '2' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let lastWords = '';
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      settle();
    };
    const abort = (): void => end(() => reject(signal.reason as Error));
    const timer = setTimeout(
      () => end(() => reject(new Error(`no answer within ${HELLO_TIMEOUT_MS / 1_000} s`))),
      HELLO_TIMEOUT_MS,
    );
    signal.addEventListener('abort', abort, { once: true });
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + String(chunk)).slice(-LAST_WORDS_LENGTH);
    });
    child.on('message', (message) => {
      const parsed = helloSchema.safeParse(message);
      if (parsed.success) end(() => resolve(parsed.data));
    });
    child.once('error', (error) => end(() => reject(error)));
    child.once('close', (exitCode) =>
      end(() => reject(new Error(`it ended with exit code ${exitCode ?? 'unknown'}: ${lastWords.trim()}`))),
    );
  });
}
