import { parseHTML } from 'linkedom';
import { reproductionReport } from '../reproduction/reproduction-report.js';
import { syntheticReproduction, syntheticStage } from '../testing/synthetic-reproduction.js';
import { html } from './markup.js';
import { renderReproductionHtml } from './reproduction-html.js';

const input = syntheticReproduction();
const text = renderReproductionHtml(reproductionReport(input));
const { document } = parseHTML(text);

/** The page may be kept, mailed and archived: far below what mail systems refuse. */
const BYTES_MAX = 2 * 1024 * 1024;

describe('renderReproductionHtml', () => {
  test('loads nothing and runs nothing', () => {
    expect(
      document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content'),
    ).toBe("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    expect(document.querySelectorAll('script, link, img, iframe, object, [src], [onclick]')).toHaveLength(0);
    expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|url\(|@import/);
    expect(Buffer.byteLength(text)).toBeLessThan(BYTES_MAX);
  });

  test('has the answer first and every part after it', () => {
    const sections = [...document.querySelectorAll('main section')].map(({ id }) => id);
    expect(sections).toEqual([
      'answer',
      'gradient-check',
      'fig2',
      'fig3',
      'coarse',
      'fine',
      'fig4',
      'final',
      'provenance',
      'reading',
    ]);
    for (const link of document.querySelectorAll('nav a')) {
      expect(sections).toContain(link.getAttribute('href')?.slice(1));
    }
    expect(document.querySelectorAll('#answer tbody td:first-of-type')).toHaveLength(18);
  });

  test('draws each plot wide and narrow, under ids of its own', () => {
    expect(document.querySelectorAll('.wide-plot > svg')).toHaveLength(5);
    expect(document.querySelectorAll('.narrow-plot > svg')).toHaveLength(5);
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(text).not.toMatch(/NaN|undefined|\[object/);
  });

  test('shows every trial with every seed', () => {
    expect(document.querySelectorAll('#coarse tbody tr')).toHaveLength(13);
    expect(document.querySelectorAll('#coarse tbody tr.best')).toHaveLength(1);
    const headers = [...document.querySelectorAll('#coarse thead th')].map(({ textContent }) => textContent);
    expect(headers).toEqual(
      expect.arrayContaining(['n', 'sd', 'se', '95 % interval', 'seed 1', 'seed 5', 'report']),
    );
  });

  test('the same report gives the same bytes', () => {
    expect(renderReproductionHtml(reproductionReport(syntheticReproduction()))).toBe(text);
  });

  test('text from outside stays text', () => {
    const hostile = '<script>alert(1)</script>"\'&';
    const page = renderReproductionHtml(
      reproductionReport({
        ...input,
        name: hostile,
        machine: { ...input.machine, cpu: hostile, platform: hostile },
        versions: { [hostile]: hostile },
        timings: {
          ...input.timings,
          stages: [{ name: hostile, runs: 1, wallMs: 1, time: { trainingMs: 1, evaluationMs: 0 } }],
        },
      }),
      { title: hostile },
    );
    expect(page).not.toContain('<script');
    expect(parseHTML(page).document.querySelector('h1')?.textContent?.trim()).toBe(hostile);
  });

  test('a sweep with missing, diverged and absent stages is still a page', () => {
    const page = renderReproductionHtml(
      reproductionReport({
        ...input,
        commits: new Map(),
        stages: [
          syntheticStage('coarse', [
            { lambda: 0.1, seeds: { 1: 0.5, 2: 'missing' } },
            { lambda: 1, seeds: { 1: 'diverged', 2: 'diverged' } },
          ]),
        ],
      }),
    );
    expect(page).not.toMatch(/NaN|undefined|\[object/);
    const shown = parseHTML(page).document;
    expect(shown.querySelector('header')?.textContent).toContain('Not complete: 1 run is missing');
    const part = { ...input, stages: input.stages.filter(({ stage }) => stage === 'coarse') };
    expect(renderReproductionHtml(reproductionReport(part))).toContain('A part of the reproduction');
    expect(shown.querySelector('#coarse')?.textContent).toContain('2 diverged');
    expect(shown.querySelector('#coarse')?.textContent).toContain('1 of 2');
  });
});

test('the template tag escapes everything but markup', () => {
  expect(html`<i title="${'"<'}">${'&'}${html`<b>${1}</b>`}${[html`x`, html`y`]}</i>`.text).toBe(
    '<i title="&quot;&lt;">&amp;<b>1</b>xy</i>',
  );
});
