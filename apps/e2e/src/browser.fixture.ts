/** A real browser for tests, as the system has it: nothing is downloaded. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Pages in these are looked at by a person. */
export const SCREENSHOTS = join(__dirname, '..', '..', '..', 'out', 'screenshots');

export function findBrowser(): string | null {
  return (
    [process.env['SEEDBED_CHROMIUM'], ...PROGRAMS].find((path) => path !== undefined && existsSync(path)) ??
    null
  );
}

export async function openBrowser(executablePath: string): Promise<Browser> {
  await mkdir(SCREENSHOTS, { recursive: true });
  return await chromium.launch({
    executablePath,
    // Root, as in most containers, has no sandbox; it only sees pages of our own.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** Rules of WCAG 2.2 A and AA, and what is known to help. @returns a line for each violation */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run({ resultTypes: ['violations'] })");
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join('; ')}`,
  );
}

const VIEWS = [
  ['light', 'light', 1280],
  ['dark', 'dark', 1280],
  ['narrow', 'light', 360],
] as const;

/** The page as it is, in each colour scheme and on a phone; what is wrong with it in any of them. */
export async function photograph(page: Page, name: string): Promise<string[]> {
  const problems: string[] = [];
  for (const [view, colorScheme, width] of VIEWS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({
      path: join(SCREENSHOTS, `${name}-${view}.png`),
      fullPage: true,
      animations: 'disabled',
    });
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    if (overflow > 0) problems.push(`${name}, ${view}: ${overflow} px wider than the screen`);
    problems.push(...(await accessibilityProblems(page)).map((problem) => `${name}, ${view}: ${problem}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
  return problems;
}
