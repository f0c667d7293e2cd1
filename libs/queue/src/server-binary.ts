import { TerminalError } from '@seedbed/contracts';
import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';

/** Only what we need of what setup wrote down; unknown keys are its own business. */
const bootstrapSchema = z.object({ server: z.object({ kind: z.literal('binary'), path: z.string() }) });

const BINARY_NAMES = ['valkey-server', 'redis-server'];

/**
 * The server's executable: the one that setup found or fetched, else one on PATH.
 *
 * @throws TerminalError when there is none
 */
export async function findServerBinary(): Promise<string> {
  const fromSetup = await binaryOfSetup(__dirname);
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .flatMap((directory) => BINARY_NAMES.map((name) => join(directory, name)));
  for (const candidate of fromSetup === null ? onPath : [fromSetup, ...onPath]) {
    if (await isExecutable(candidate)) return candidate;
  }
  throw new TerminalError(
    `no ${BINARY_NAMES.join(' or ')} was found, neither by setup nor on PATH: run \`npm run setup\`, or install one`,
  );
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Reads `node_modules/.seedbed/bootstrap.json` of the nearest folder upwards that has one. */
async function binaryOfSetup(from: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'node_modules/.seedbed/bootstrap.json'), 'utf8').catch(
      () => null,
    );
    if (text !== null) {
      const parsed = bootstrapSchema.safeParse(parseJson(text));
      return parsed.success ? parsed.data.server.path : null;
    }
    if (folder === dirname(folder)) return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
