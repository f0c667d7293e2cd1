/** Node, npm, Seedbed, and what setup left behind. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SEEDBED_VERSION } from '@seedbed/contracts';
import type { FoundBootstrapState } from '../system/bootstrap-state.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Same as `engines` of the repository's package.json. */
const NODE_MAJOR_MIN = 20;
const NODE_20_MINOR_MIN = 19;
const NODE_MAJOR_BELOW = 25;

export async function checkSoftware(signal: AbortSignal): Promise<Finding> {
  const npm = await npmVersion(signal);
  const facts = {
    node: process.version,
    npm,
    seedbed: SEEDBED_VERSION,
    platform: `${process.platform}-${process.arch}`,
  };
  const detail = `Seedbed ${SEEDBED_VERSION}, Node ${process.version}, npm ${npm ?? 'not found'}, ${facts.platform}`;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const tooOld = major < NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor < NODE_20_MINOR_MIN);
  if (tooOld || major >= NODE_MAJOR_BELOW) {
    return problem('software', detail, 'use Node 20.19 or later, below 25', facts);
  }
  return ok('software', detail, facts);
}

export function checkSetup(found: FoundBootstrapState): Finding {
  switch (found.kind) {
    case 'absent':
      return problem('setup', `has not run (${found.path} is missing)`, 'run `npm run setup`');
    case 'unreadable':
      return problem(
        'setup',
        `${found.path} cannot be understood: ${found.reason}`,
        'run `npm run setup` again',
      );
    case 'present': {
      const { state } = found;
      const facts = {
        writtenAt: state.writtenAt,
        node: state.node,
        backend: state.backend,
        warnings: state.warnings,
      };
      if (state.node !== process.version) {
        const detail = `ran with Node ${state.node}, this is ${process.version}`;
        return warning('setup', detail, 'run `npm run setup` again with this Node', facts);
      }
      if (state.warnings.length > 0) {
        return warning(
          'setup',
          state.warnings.join('; '),
          'run `npm run setup` again once this is mended',
          facts,
        );
      }
      return ok('setup', `ran at ${state.writtenAt}`, facts);
    }
  }
}

async function npmVersion(signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('npm', ['--version'], { signal, timeout: 10_000 });
    return stdout.trim();
  } catch {
    return null;
  }
}
