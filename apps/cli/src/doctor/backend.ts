/** Which kernels would train, and how wide packs would be, asked of a real training process: nobody else may load them. */
import { fork } from 'node:child_process';
import { coerceError } from '@seedbed/contracts';
import { childEnvironment, choosePacking, defaultChildren, thisMachine } from '@seedbed/trainer';
import { z } from 'zod';
import { packingInWords } from '../output/packing.js';
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

const measuredSchema = z.object({
  type: z.literal('measured'),
  widths: z.array(z.object({ hiddenUnits: z.int(), stepMs: z.number() })),
});
type Widths = z.infer<typeof measuredSchema>['widths'];

/** Measuring takes half a second; without an answer the default is named. */
const MEASURE_TIMEOUT_MS = 5_000;

export async function checkBackend(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Finding[]> {
  let hello: Hello;
  let widths: Widths;
  try {
    ({ hello, widths } = await askTrainingProcess(appScript('trainer', 'child.js'), environment, signal));
  } catch (thrown: unknown) {
    signal.throwIfAborted();
    const detail = `no training process starts: ${coerceError(thrown).message}`;
    return [problem('backend', detail, 'run `npm run setup` again')];
  }
  const { type: _type, ...facts } = hello;
  const version = hello.tensorflow === null ? '' : ` ${hello.tensorflow}`;
  const detail = `${hello.backend}${version}, numerics class ${hello.numericsClass}`;
  const packs = packWidth(environment, widths);
  if (hello.fallbackReason === null) return [ok('backend', detail, facts), packs];
  const slow = warning(
    'backend',
    `${detail}; not the native kernels: ${hello.fallbackReason}`,
    'training works, but many times slower; `npm run setup` says what native kernels need',
    facts,
  );
  return [slow, packs];
}

/** What a trainer with the default number of children would choose here. */
function packWidth(environment: NodeJS.ProcessEnv, widths: Widths): Finding {
  const asked = Number(environment['SEEDBED_PACK_RUNS_MAX'] ?? '');
  const packing = choosePacking({
    measured: [widths],
    packRunsMax: Number.isInteger(asked) && asked > 0 ? asked : null,
    grantedBytes: thisMachine().memoryBytes / defaultChildren(),
  });
  return ok('packs', packingInWords(packing), { ...packing, widths });
}

/** Starts one, hears its first message, has it measure, and ends it. */
function askTrainingProcess(
  script: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ hello: Hello; widths: Widths }> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [], {
      env: childEnvironment(environment),
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
    let hello: Hello | null = null;
    const answer = (widths: Widths): void => {
      if (hello === null) return;
      const known = hello;
      end(() => resolve({ hello: known, widths }));
    };
    let timer = setTimeout(
      () => end(() => reject(new Error(`no answer within ${HELLO_TIMEOUT_MS / 1_000} s`))),
      HELLO_TIMEOUT_MS,
    );
    signal.addEventListener('abort', abort, { once: true });
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + String(chunk)).slice(-LAST_WORDS_LENGTH);
    });
    child.on('message', (message) => {
      const greeting = helloSchema.safeParse(message);
      if (greeting.success) {
        hello = greeting.data;
        clearTimeout(timer);
        timer = setTimeout(() => answer([]), MEASURE_TIMEOUT_MS);
        child.send({ type: 'measure' });
      }
      const measured = measuredSchema.safeParse(message);
      if (measured.success) answer(measured.data.widths);
    });
    child.once('error', (error) => end(() => reject(error)));
    child.once('close', (exitCode) =>
      end(() => reject(new Error(`it ended with exit code ${exitCode ?? 'unknown'}: ${lastWords.trim()}`))),
    );
  });
}
