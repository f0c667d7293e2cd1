/**
 * The dashboard in a real browser over a real system: a person signs in, launches, watches, steers, loses a trainer and reads the
 * answer. Pictures of every page are left in out/screenshots for a person to look at.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TrainersResponse } from '@seedbed/contracts';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, openBrowser, photograph } from './browser.fixture.js';
import { describeSystem } from './prerequisites.fixture.js';

const fromHere = createRequire(__filename);
const COMMAND = join(dirname(fromHere.resolve('@seedbed/cli/package.json')), 'bin', 'seedbed.js');
/** For what takes seconds on an idle machine. */
const PATIENCE_MS = 60_000;

const SWEEP = (name: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    seedbed: 1,
    name,
    data: { train: { first: 0, count: 2000 }, validation: { first: 45000, count: 1000 } },
    training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 40, cycles: 1 } },
    evaluation: { cadence: 'epoch' },
    answer: { delta: 0.05 },
    seeds: 3,
    parameters: { lambda: { values: [0, 0.001, 0.01, 0.1, 1] }, hidden: { values: [10, 30] } },
    ...more,
  });

interface Announcement {
  readonly url: string;
  readonly dashboard: string;
}

const executablePath = findBrowser();
if (executablePath === null) process.stderr.write('SKIPPED: dashboard: no Chromium (apt install chromium)\n');

describeSystem('the dashboard', () => {
  const whereThereIsABrowser = executablePath === null ? test.skip : test;
  let directory: string;
  let up: ChildProcess;
  let system: Announcement;
  let browser: Browser;
  let page: Page;
  /** What the browser complained about: violations of the policy, failed scripts. */
  const complaints: string[] = [];

  beforeAll(async () => {
    if (executablePath === null) return;
    directory = await mkdtemp(join(tmpdir(), 'seedbed-dashboard-'));
    up = spawn(
      process.execPath,
      [
        COMMAND,
        'up',
        '--json',
        '--listen',
        '127.0.0.1:0',
        '--children',
        '1',
        '--directory',
        join(directory, 'system'),
      ],
      {
        env: { ...process.env, XDG_STATE_HOME: directory, REDIS_URL: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(createInterface({ input: up.stdout! }), 'line')) as [string];
    system = JSON.parse(line) as Announcement;
    browser = await openBrowser(executablePath);
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  }, 2 * PATIENCE_MS);

  afterAll(async () => {
    if (executablePath === null) return;
    await browser?.close();
    if (up !== undefined && up.exitCode === null) {
      up.kill('SIGTERM');
      await once(up, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  }, PATIENCE_MS);

  const launch = async (spec: string): Promise<void> => {
    await page.getByRole('link', { name: 'Launch', exact: true }).click();
    await page.getByLabel('Sweep file').fill(spec);
    await page.getByRole('button', { name: 'Launch', exact: true }).click();
    await page.getByLabel('Progress of the stages').waitFor();
  };
  const state = (word: string) => page.locator('main').getByText(word, { exact: true }).first().waitFor();

  whereThereIsABrowser(
    'from signing in to the answer',
    async () => {
      const problems: string[] = [];
      const picture = async (name: string): Promise<void> =>
        void problems.push(...(await photograph(page, name)));

      await page.goto(`${system.url}/sweeps`);
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await picture('sign-in');

      await page.goto(system.dashboard);
      await page.getByText('No sweep yet').waitFor();
      expect(page.url()).not.toContain('code');
      // Good once: whoever finds the link later is not let in.
      const later = await (await browser.newContext()).newPage();
      await later.goto(system.dashboard);
      await later.getByText('was used before').waitFor();
      await later.close();
      await picture('sweeps-empty');

      await page.getByRole('link', { name: 'Launch', exact: true }).click();
      await page.getByLabel('Sweep file').fill(SWEEP('first').replace('"lambda"', '"lambada"'));
      await page.getByText('lambada').last().waitFor();
      await page.getByText('This cannot be launched').waitFor();
      expect(await page.getByRole('button', { name: 'Launch', exact: true }).isDisabled()).toBe(true);
      await picture('launch-problems');
      await page.getByLabel('Sweep file').fill(SWEEP('first'));
      await page.getByText('30 runs').waitFor();
      await picture('launch-plan');
      await page.getByRole('button', { name: 'Launch', exact: true }).click();
      await page.getByLabel('Progress of the stages').waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await state('paused');
      await page.getByRole('button', { name: 'Resume' }).click();
      await state('completed');
      await page.getByText(/^Chosen: /).waitFor();
      await picture('sweep');

      await page.getByRole('button', { name: /^λ .*best/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Where they come from' }).waitFor();
      await page.getByRole('heading', { name: 'Seeds', exact: true }).waitFor();
      await page.locator('#trial-curves-title').waitFor({ state: 'attached' });
      await picture('trial');
      await page.keyboard.press('Escape');

      expect(problems).toEqual([]);
      // Before anybody has signed in, and for the faulty sweep file, the coordinator refuses; nothing else may go wrong.
      expect(complaints.filter((text) => !/status of 40[01]/.test(text))).toEqual([]);
    },
    4 * PATIENCE_MS,
  );

  whereThereIsABrowser(
    'a trainer that is killed is seen to go, and what it held is trained all the same',
    async () => {
      await launch(SWEEP('second', { seeds: { first: 100, count: 3 } }));
      await page.getByRole('link', { name: 'Trainers' }).click();
      const trainersNow = async (): Promise<TrainersResponse> =>
        (await page.evaluate(async () => await (await fetch('/v1/trainers')).json())) as TrainersResponse;
      const [victim] = (await trainersNow()).trainers;
      await page.getByRole('heading', { name: victim!.trainerId }).waitFor();
      const problems = await photograph(page, 'trainers');
      process.kill(victim!.processId, 'SIGKILL');
      await page.getByRole('heading', { name: victim!.trainerId }).waitFor({ state: 'detached' });
      await page.goto(`${system.url}/sweeps`);
      await page.getByRole('link', { name: /^second-/ }).click();
      await state('completed');
      expect(problems).toEqual([]);
    },
    4 * PATIENCE_MS,
  );

  whereThereIsABrowser(
    'ten thousand trials are a page like any other, and a coordinator that is away is said to be',
    async () => {
      const parameters = { lambda: { min: 1e-6, max: 1, scale: 'log', count: 10_000 } };
      await launch(SWEEP('many', { seeds: { first: 200, count: 1 }, parameters }));
      await page.getByRole('button', { name: 'Pause' }).click();
      await state('paused');
      const table = page.getByRole('table', { name: 'Trials of search' });
      await table.waitFor();
      expect(await table.getAttribute('aria-rowcount')).toBe('10001');
      expect(await table.getByRole('row').count()).toBeLessThan(100);
      const problems = await photograph(page, 'sweep-10000');
      await page.getByRole('link', { name: 'Sweeps' }).click();
      await page.getByRole('link', { name: /^many-/ }).waitFor();
      problems.push(...(await photograph(page, 'sweeps')));
      up.kill('SIGTERM');
      await once(up, 'exit');
      await page.getByText('The coordinator cannot be reached').waitFor();
      problems.push(...(await photograph(page, 'away')));
      expect(problems).toEqual([]);
    },
    4 * PATIENCE_MS,
  );
});
