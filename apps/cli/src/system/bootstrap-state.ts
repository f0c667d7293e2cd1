/** What `npm run setup` found and wrote down: which backend, which server. Its writer is tools/bootstrap/state.mjs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coerceError } from '@seedbed/contracts';
import { z } from 'zod';
import { installationRoot } from './installation.js';

const backendStateSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('tensorflow'),
    tensorflowVersion: z.string(),
    source: z.string(),
    directory: z.string().optional(),
  }),
  z.object({ kind: z.literal('wasm'), reason: z.string(), remedy: z.string() }),
]);

const serverStateSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('binary'),
    source: z.string(),
    path: z.string(),
    flavour: z.string(),
    version: z.string(),
  }),
  z.object({ kind: z.literal('url') }),
  z.object({ kind: z.literal('missing'), reason: z.string(), remedy: z.string() }),
]);

export const bootstrapStateSchema = z.object({
  schemaVersion: z.literal(1),
  writtenAt: z.string(),
  platform: z.string(),
  node: z.string(),
  backend: backendStateSchema,
  server: serverStateSchema,
  warnings: z.array(z.string()),
});
export type BootstrapState = z.infer<typeof bootstrapStateSchema>;

export type FoundBootstrapState =
  | { readonly kind: 'present'; readonly state: BootstrapState }
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: string };

export function bootstrapStatePath(): string {
  return join(installationRoot(), 'node_modules', '.seedbed', 'bootstrap.json');
}

export function readBootstrapState(path: string = bootstrapStatePath()): FoundBootstrapState {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { kind: 'absent', path };
  }
  try {
    return { kind: 'present', state: bootstrapStateSchema.parse(JSON.parse(text)) };
  } catch (thrown: unknown) {
    return { kind: 'unreadable', path, reason: coerceError(thrown).message };
  }
}
