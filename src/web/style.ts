/** The page's one style: light and dark, from 320 px on, and for paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --sheet: #f6f7f9; --ink: #1b1f24; --dim: #57606a; --line: #d5dae0; --link: #0a58ca;
  --bad: #b3261e; --warn: #8a5300; --good: #1a6b35; --mark: #fff0b3; --mark-ink: #1b1f24; --on: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --sheet: #1c2127; --ink: #e4e8ec; --dim: #a0a9b4; --line: #343b44; --link: #7db4ff;
    --bad: #ff8a80; --warn: #f0b45b; --good: #7fd39a; --mark: #5a4a10; --mark-ink: #fff6d6; --on: #14171b;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
main, nav ul, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: .2rem solid var(--link); outline-offset: .15rem; border-radius: .2rem; }
h1 { font-size: 1.35rem; line-height: 1.4; margin: .6rem 0 .8rem; font-weight: 650; }
h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: .95rem; margin: 1.1rem 0 .3rem; }
p { margin: .4rem 0; }
code, pre, .lines, .time, .cite, .kind { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em; }
code { background: var(--sheet); padding: .05em .3em; border-radius: .25em; }
ul, ol { padding-left: 1.4rem; margin: .4rem 0; }
li { margin: .3rem 0; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: .5rem; top: .5rem; z-index: 2; background: var(--paper); padding: .4rem .8rem; }
nav { position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--line); }
nav ul { display: flex; gap: 1.1rem; list-style: none; overflow-x: auto; white-space: nowrap; padding-top: .55rem; padding-bottom: .55rem; }
nav li { margin: 0; }
nav a { color: var(--dim); text-decoration: none; font-size: .9rem; }
nav a:hover { color: var(--ink); text-decoration: underline; }
.verdict { display: inline-block; margin: 1.4rem 0 0; padding: .1rem .7rem; border-radius: 1rem; color: var(--on); background: var(--warn); font-weight: 700; letter-spacing: .03em; }
.verdict.failed { background: var(--bad); }
.verdict.healthy { background: var(--good); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .8rem 0; }
.facts dt { color: var(--dim); }
.facts dd { margin: 0; }
.dim { color: var(--dim); }
.bad { color: var(--bad); }
meter { width: 7rem; height: .8rem; vertical-align: middle; }
blockquote { margin: .5rem 0; padding: .45rem .8rem; border-left: .25rem solid var(--line); background: var(--sheet); border-radius: 0 .3rem .3rem 0; }
blockquote pre { margin: 0; }
pre { white-space: pre-wrap; margin: .4rem 0; }
pre.patch { background: var(--sheet); border: 1px solid var(--line); border-radius: .35rem; padding: .5rem .75rem; }
pre.command { position: relative; background: var(--sheet); border: 1px solid var(--line); border-radius: .35rem; padding: .5rem 4.6rem .5rem .75rem; }
pre.command button { position: absolute; top: .3rem; right: .3rem; font: .8rem system-ui, sans-serif; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: .3rem; padding: .2rem .5rem; cursor: pointer; }
.cite { white-space: nowrap; text-decoration: none; border: 1px solid var(--line); border-radius: .3rem; padding: 0 .35em; }
.cite:hover { border-color: var(--link); }
.cite:target { background: var(--mark); color: var(--mark-ink); }
.chain { list-style: none; padding: 0; }
.chain li { position: relative; padding-left: 1.6rem; margin: .55rem 0; }
.chain li::before { content: "\\21b3"; position: absolute; left: .2rem; color: var(--dim); }
.chain li:first-child::before { content: "\\25cf"; color: var(--bad); }
.axis { list-style: none; padding: 0; margin-left: .35rem; border-left: 2px solid var(--line); }
.axis li { position: relative; display: grid; grid-template-columns: 12.5rem 1fr; gap: 0 1rem; padding-left: 1.1rem; margin: .45rem 0; }
.axis li::before { content: ""; position: absolute; left: -.36rem; top: .5rem; width: .6rem; height: .6rem; border-radius: 50%; background: var(--dim); box-shadow: 0 0 0 .15rem var(--paper); }
.axis li.trouble::before { background: var(--bad); }
.axis li.deploy::before { background: var(--link); border-radius: 0; }
.time { color: var(--dim); padding-top: .1rem; }
.role { font-weight: 650; margin-right: .3rem; }
.remedy { margin: .7rem 0; }
.tag { display: inline-block; font-size: .8rem; border: 1px solid var(--line); border-radius: .3rem; padding: 0 .4rem; color: var(--dim); }
.item { border: 1px solid var(--line); border-radius: .4rem; margin: 1rem 0; }
.item header { padding: .5rem .8rem; background: var(--sheet); border-bottom: 1px solid var(--line); border-radius: .4rem .4rem 0 0; }
.item h3 { margin: 0; }
.back { font-size: .85rem; }
.lines { list-style: none; padding: .4rem 0; margin: 0; direction: ltr; }
.lines li { display: grid; grid-template-columns: 3.6rem 1fr; margin: 0; padding: 0 .6rem 0 0; unicode-bidi: isolate; }
.lines .n { color: var(--dim); text-align: right; padding-right: .8rem; user-select: none; }
.lines .t { white-space: pre-wrap; min-height: 1.4em; }
.lines .gap { color: var(--dim); display: block; padding-left: 3.6rem; font-style: italic; }
.lines li.cited .n { color: var(--ink); font-weight: 700; }
.lines li:target { outline: .15rem solid var(--link); outline-offset: -.1rem; }
mark { background: var(--mark); color: var(--mark-ink); border-radius: .15rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
footer { color: var(--dim); font-size: .875rem; margin-top: 2.5rem; padding-top: .8rem; padding-bottom: 2rem; border-top: 1px solid var(--line); }
@media (max-width: 40rem) {
  main, nav ul, footer { padding-left: .9rem; padding-right: .9rem; }
  h1 { font-size: 1.1rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .4rem; }
  .axis li { grid-template-columns: 1fr; }
  .lines li { grid-template-columns: 2.7rem 1fr; }
  .lines .gap { padding-left: 2.7rem; }
}
@media print {
  :root { --paper: #fff; --sheet: #fff; --ink: #000; --dim: #444; --line: #bbb; --link: #000; --bad: #8c1d18; --warn: #6b4100; --good: #14532a; --mark: #eee; --mark-ink: #000; --on: #fff; }
  nav, .skip, button, .back { display: none; }
  body { font-size: 10pt; }
  main, footer { max-width: none; padding: 0; }
  .verdict { border: 1px solid; color: var(--ink); background: none !important; }
  mark { text-decoration: underline; }
  h2, h3, .item header { break-after: avoid; }
  .axis li, .remedy, blockquote, .lines li { break-inside: avoid; }
}
`;
