/** The page's stylesheet: readable in light and dark, at 360 px and on paper, with nothing loaded from anywhere. */
import { plotVariables } from '../plots/palette.js';

export function stylesheet(): string {
  return `
:root { color-scheme: light dark; ${plotVariables('light')}
  --page: #fff; --text: #1f2328; --quiet: #5f6771; --line: #d8dee4; --raised: #f6f8fa; --good: #116329; --less: #9a3412; }
@media (prefers-color-scheme: dark) { :root { ${plotVariables('dark')}
  --page: #15181c; --text: #e6e8eb; --quiet: #9aa4af; --line: #343b43; --raised: #1d2227; --good: #7ee2a0; --less: #ffb27d; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main, header, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 3rem 0 .5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
p { margin: .5rem 0 .9rem; max-width: 44rem; }
.lead { font-size: 1.08rem; }
.quiet, caption, figcaption { color: var(--quiet); }
.verdict { border-left: 3px solid var(--plot-ours); padding: .15rem 0 .15rem .9rem; }
a { color: inherit; }
nav { font-size: .92rem; margin: 1rem 0 0; }
nav a { display: inline-block; margin: 0 1.1rem .3rem 0; color: var(--quiet); }
code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.table { overflow-x: auto; margin: .9rem 0 1.3rem; }
.table:focus-visible { outline: 2px solid var(--plot-ours); outline-offset: 2px; }
table { min-width: min(100%, 26rem); border-collapse: collapse; font-size: .9rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .45rem; font-size: .9rem; }
th, td { text-align: left; padding: .34rem .8rem .34rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; font-weight: 400; }
thead th { color: var(--quiet); border-bottom-color: var(--quiet); white-space: nowrap; }
span.number { white-space: nowrap; }
th.number, td.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
tr.group th { font-weight: 600; padding-top: .9rem; border-bottom-color: var(--quiet); }
tbody th { white-space: nowrap; }
tr.best > * { font-weight: 600; }
tr.told-apart > * { color: var(--quiet); }
.within, .higher { color: var(--good); }
.lower { color: var(--less); }
figure { margin: 1rem 0 1.5rem; }
figure svg { display: block; }
figcaption { font-size: .9rem; margin-top: .35rem; max-width: 44rem; }
.narrow-plot { display: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: .8rem 0; font-size: .94rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: 1rem; padding-bottom: 3rem; font-size: .88rem; color: var(--quiet); }
@media (max-width: 46rem) {
  body { font-size: 15px; }
  h1 { font-size: 1.5rem; }
  main, header, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.5rem; }
  .wide-plot { display: none; }
  .narrow-plot { display: block; }
  .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacks table, .stacks tbody, .stacks tr, .stacks th, .stacks td { display: block; }
  .stacks caption { display: block; }
  .stacks tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .stacks tr.group { padding-bottom: 0; border-bottom: 0; }
  .stacks th, .stacks td { border: 0; padding: .08rem 0; }
  .stacks tr:not(.group) th { font-weight: 600; }
  .stacks td { display: grid; grid-template-columns: 6.5rem 1fr; text-align: left; white-space: normal; }
  .stacks td::before { content: attr(data-label); color: var(--quiet); }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print {
  :root { color-scheme: light; ${plotVariables('light')} --page: #fff; --text: #000; --quiet: #444; --line: #bbb; --good: #116329; --less: #9a3412; }
  body { font-size: 10.5pt; }
  nav { display: none; }
  main, header, footer { max-width: none; padding: 0; }
  h2, h3, caption { break-after: avoid; }
  h2 { margin-top: 1.5rem; }
  figure, tr { break-inside: avoid; }
  .table { overflow: visible; }
  table { font-size: 8.5pt; }
  .wide-plot { display: block; }
  .narrow-plot { display: none; }
}
`;
}
