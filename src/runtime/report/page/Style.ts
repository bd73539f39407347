/** The look of the page: one column of text, tables with three rules, figures in the text's own colours. */

/** Okabe and Ito's palette (2008), which people with any colour vision tell apart; darkened on white, lightened on black. */
const light = `
  --paper: #fffefb; --ink: #1c1b19; --faint: #5d5a54; --rule: #cfcabf; --wash: #f5f2ea; --link: #14508c;
  --s1: #0065a8; --s2: #c04f00; --s3: #00805f; --s4: #a8447e; --s5: #8a6100; --s6: #2b8cc4; --s7: #4d4d4d;
  --oracle: #77736b; --good: #00694d; --bad: #b03a00;`
const dark = `
  --paper: #161615; --ink: #e9e6df; --faint: #aaa59b; --rule: #45423c; --wash: #211f1c; --link: #8cc1ef;
  --s1: #5fb4ee; --s2: #f39a52; --s3: #3fc79a; --s4: #e594c4; --s5: #e8bd4a; --s6: #a6dbfa; --s7: #c9c5bd;
  --oracle: #979288; --good: #4fcf9f; --bad: #ff9a5e;`

/** The style sheet of the page. */
export const style = `
:root { color-scheme: light; ${light}
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", "P052", Charter, "Source Serif 4", Georgia, "Liberation Serif", serif;
  --sans: "Source Sans 3", "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif;
  --mono: "SF Mono", "Source Code Pro", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
@media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark; ${dark} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 var(--serif); text-rendering: optimizeLegibility;
  font-variant-numeric: lining-nums; overflow-wrap: break-word; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.layout { max-width: 78rem; margin: 0 auto; padding: 0 1rem 4rem; }
.text, h1, h2, h3, .summary, .note { max-width: 42rem; }
header { padding: 2.75rem 0 0.5rem; }
.kicker { font: 0.8125rem/1.4 var(--sans); letter-spacing: 0.07em; text-transform: uppercase; color: var(--faint); margin: 0 0 0.5rem; }
h1 { font-size: clamp(2.1rem, 6vw, 3.1rem); line-height: 1.08; font-weight: 600; letter-spacing: -0.012em; margin: 0 0 0.7rem; }
.about { font-size: 1.2rem; line-height: 1.45; font-style: italic; margin: 0 0 1rem; max-width: 42rem; white-space: pre-line; }
.byline { font: 0.875rem/1.5 var(--sans); color: var(--faint); margin: 0 0 1.5rem; }
.summary { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--rule); padding: 0.8rem 0; margin: 0 0 1rem; }
.summary.unfinished { border-top-color: var(--bad); }
nav { font: 0.875rem/1.5 var(--sans); margin: 1rem 0 0; }
nav ol { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; }
nav a { color: var(--faint); text-decoration: none; display: flex; gap: 0.35rem; padding: 0.15rem 0; }
nav a:hover { color: var(--ink); text-decoration: underline; }
section { padding-top: 2.4rem; }
h2 { font-size: 1.55rem; line-height: 1.2; font-weight: 600; margin: 0 0 0.9rem; padding-top: 0.6rem; border-top: 1px solid var(--rule); max-width: none; }
h2 .number { color: var(--faint); font-weight: 400; margin-right: 0.55rem; }
h3 { font-size: 1.12rem; line-height: 1.3; font-weight: 600; margin: 1.9rem 0 0.5rem; }
p { margin: 0 0 0.9rem; }
.note, .small { font-size: 0.9375rem; line-height: 1.5; color: var(--faint); }
code, pre, .mono { font-family: var(--mono); font-size: 0.84em; }
code { overflow-wrap: anywhere; }
pre { background: var(--wash); padding: 0.7rem 0.9rem; margin: 0 0 1rem; overflow-x: auto; line-height: 1.5; border-left: 2px solid var(--rule); }
dl.facts { display: grid; grid-template-columns: minmax(6.5rem, max-content) 1fr; gap: 0.25rem 1.4rem; margin: 0 0 1.2rem; max-width: 54rem; }
dl.facts dt { color: var(--faint); font: 0.875rem/1.75 var(--sans); }
dl.facts dd { margin: 0; min-width: 0; }
details { margin: 0 0 0.9rem; }
summary { cursor: pointer; font: 0.9375rem/1.5 var(--sans); color: var(--link); padding: 0.2rem 0; }
.scroll { overflow-x: auto; margin: 0 0 1.6rem; max-width: 100%; }
table { border-collapse: collapse; font: 0.9rem/1.4 var(--sans); font-variant-numeric: tabular-nums lining-nums; border-bottom: 1.5px solid var(--ink); min-width: min(100%, 30rem); }
caption { text-align: left; caption-side: top; padding: 0 0 0.5rem; font: 0.9375rem/1.45 var(--serif); }
caption > span { display: block; position: sticky; left: 0; width: min(46rem, calc(100vw - 2rem)); }
caption b, figcaption b { font-weight: 600; }
thead > tr > * { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom; }
th, td { padding: 0.32rem 0.9rem 0.32rem 0; text-align: right; vertical-align: top; font-weight: 400; }
th:first-child, td:first-child { text-align: left; }
th[scope="row"] { position: sticky; left: 0; background: var(--paper); padding-right: 1.2rem; }
tbody tr.first-oracle > * { border-top: 1px solid var(--rule); }
tbody tr.oracle { font-style: italic; color: var(--faint); }
td .interval { display: block; color: var(--faint); font-size: 0.82em; white-space: nowrap; }
td { white-space: nowrap; }
table.words td { text-align: left; white-space: normal; }
table.words td:first-child { white-space: nowrap; }
table.left td, table.left th { text-align: left; }
.arrow { color: var(--faint); font-weight: 400; }
figure { margin: 0 0 1.8rem; }
figcaption { font-size: 0.9375rem; line-height: 1.45; max-width: 46rem; margin: 0 0 0.6rem; }
.panels { display: flex; flex-wrap: wrap; gap: 1.4rem 1.4rem; align-items: flex-start; }
.panel { margin: 0; width: 19rem; max-width: 100%; }
.panel.small { width: 13.5rem; }
.panel.wide { width: auto; }
.panel > p { margin: 0 0 0.15rem; font: 600 0.875rem/1.35 var(--sans); overflow-wrap: anywhere; }
.panel > p span:not(.arrow) { display: block; font-weight: 400; color: var(--faint); font-size: 0.92em; }
svg.plot { display: block; max-width: 100%; height: auto; overflow: visible; font-family: var(--sans); }
svg text { font-family: var(--sans); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.3rem; padding: 0; margin: 0 0 0.8rem; font: 0.875rem/1.5 var(--sans); }
.legend svg { vertical-align: -0.1em; margin-right: 0.4rem; }
ol.claims { list-style: none; margin: 0; padding: 0; max-width: 62rem; }
ol.claims > li { display: grid; grid-template-columns: 7rem 1fr; gap: 0 1.2rem; padding: 0.8rem 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
ol.claims > li:first-child { border-top: 1.5px solid var(--ink); }
ol.claims > li:last-child { border-bottom: 1.5px solid var(--ink); }
.verdict { font: 600 0.9375rem/1.5 var(--sans); white-space: nowrap; }
.verdict.holds { color: var(--good); } .verdict.fails { color: var(--bad); }
.verdict.undecided, .verdict.never { color: var(--faint); }
.claim-text { display: block; margin: 0 0 0.3rem; white-space: pre-wrap; line-height: 1.5; }
.found { font: 0.9rem/1.5 var(--sans); font-variant-numeric: tabular-nums lining-nums; margin: 0; color: var(--faint); }
.found b { color: var(--ink); font-weight: 600; }
.found svg { vertical-align: -0.35em; margin: 0 0.6rem 0 0; }
.statistics { display: inline; }
.episodes { display: flex; flex-wrap: wrap; gap: 1.6rem 2rem; align-items: flex-start; margin: 0 0 1.2rem; }
.episode { width: 19.5rem; max-width: 100%; margin: 0; break-inside: avoid; }
.episode figcaption { font: 0.875rem/1.4 var(--sans); margin: 0 0 0.5rem; }
.episode svg { display: block; width: 100%; height: auto; }
.player { display: flex; gap: 0.6rem; align-items: center; margin: 0.5rem 0 0.2rem; }
.player[hidden] { display: none; }
.player button { font: 600 0.875rem/1 var(--sans); color: var(--ink); background: var(--wash); border: 1px solid var(--rule); border-radius: 3px; padding: 0.5rem 0; width: 4.2rem; cursor: pointer; }
.player input { flex: 1; min-width: 0; accent-color: var(--s1); }
.player output { font: 0.8125rem/1 var(--sans); color: var(--faint); font-variant-numeric: tabular-nums; min-width: 3.4rem; text-align: right; }
.said { font: 0.875rem/1.45 var(--sans); margin: 0.2rem 0 0.3rem; min-height: 3.9em; }
.episode details { margin: 0.3rem 0 0; }
.episode .scroll { max-height: 20rem; overflow: auto; margin: 0; }
.episode table { font-size: 0.78rem; min-width: 0; }
.episode th, .episode td { padding: 0.15rem 0.6rem 0.15rem 0; text-align: left; }
.hash { font-family: var(--mono); font-size: 0.72rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 0.8rem; font: 0.8125rem/1.5 var(--sans); color: var(--faint); }
@media (max-width: 40rem) {
  dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: 0.5rem; }
  ol.claims > li { grid-template-columns: 1fr; }
  .panel.small { width: 100%; }
}
@media screen and (min-width: 76rem) {
  .layout { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); column-gap: 3rem; }
  header, main, footer { grid-column: 2; } 
  nav { grid-column: 1; grid-row: 1 / span 3; }
  nav a span { min-width: 1.25em; }
  nav ol { position: sticky; top: 2.9rem; flex-direction: column; gap: 0.1rem; padding-top: 3.1rem; }
}
@media print {
  @page { size: A4; margin: 18mm 16mm; }
  html { font-size: 9.5pt; } body { font-size: 1rem; background: #fff; --paper: #fff; }
  .layout { padding: 0; max-width: none; }
  header { padding-top: 0; }
  nav, .player, .said, .screen { display: none !important; }
  section { padding-top: 1.2rem; }
  h2, h3, figcaption, caption { break-after: avoid; }
  .panel, tr, ol.claims > li, .episode, .legend { break-inside: avoid; }
  .panels { display: block; } .panel { display: inline-block; vertical-align: top; margin: 0 4mm 4mm 0; width: 82mm; }
  .panel.small { width: 50mm; } .episodes { display: block; } .episode { display: inline-block; width: 70mm; margin: 0 6mm 5mm 0; vertical-align: top; }
  .scroll { overflow: visible; } table { font-size: 0.84rem; } td, th { padding-right: 0.5rem; }
  th[scope="row"] { position: static; } caption > span { position: static; width: auto; }
  a { color: inherit; text-decoration: none; }
}
`
