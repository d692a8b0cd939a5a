import { type Citation, type EvidenceItem, refText } from '../../src/evidence/model.ts';
import { type Citations, lineId } from './citations.ts';
import { type Html, html, type Part } from './html.ts';

/** An item of more lines is shown by its head and what surrounds the cited lines. */
const WHOLE_LINES = 200;
const HEAD = 10;
const AROUND = 5;
/** A line of more characters is cut to what surrounds its quote. */
const MAX_LINE = 1200;

/** Which lines are shown, by their index. */
function shownLines(item: EvidenceItem, count: number, cited: readonly Citation[]): boolean[] {
  if (count <= WHOLE_LINES) return Array.from({ length: count }, () => true);
  const shown = Array.from({ length: count }, (_, index) => index < HEAD);
  for (const { lines } of cited) {
    if (lines === undefined) continue;
    const from = Math.max(0, lines.from - item.lines.from - AROUND);
    // Of a long range its beginning is enough; the link leads there.
    const to = Math.min(count - 1, lines.to - item.lines.from + AROUND, from + WHOLE_LINES);
    for (let index = from; index <= to; index++) shown[index] = true;
  }
  return shown;
}

function ellipsis(characters: number): Part {
  return characters === 0 ? undefined : html`<span class="dim">… ${characters} characters …</span>`;
}

/** A line with its quote marked. */
function lineText(line: string, quote: string | undefined): Html {
  const found = quote === undefined || quote === '' ? -1 : line.indexOf(quote);
  const at = Math.max(found, 0);
  const length = found < 0 ? (quote === undefined ? 0 : line.length) : (quote ?? '').length;
  const from = line.length <= MAX_LINE ? 0 : Math.max(0, at - 200);
  const to = line.length <= MAX_LINE ? line.length : Math.min(line.length, from + MAX_LINE);
  const end = Math.min(to, at + length);
  const marked = end > at ? html`<mark>${line.slice(at, end)}</mark>` : undefined;
  return html`${ellipsis(from)}${line.slice(from, at)}${marked}${line.slice(Math.max(at, end), to)}${ellipsis(line.length - to)}`;
}

function lineRow(item: EvidenceItem, index: number, line: string, cited: readonly Citation[]): Html {
  const n = item.lines.from + index;
  const own = cited.filter(({ lines }) => lines !== undefined && lines.from <= n && n <= lines.to);
  const id = lineId(item, n);
  if (own.length === 0)
    return html`<li id="${id}"><span class="n">${n}</span><span class="t">${lineText(line, undefined)}</span></li>\n`;
  // A quote of several lines, or one that the line writes otherwise, marks the whole line.
  const quote = own.map((citation) => citation.quote).find((one) => one !== '' && line.includes(one)) ?? line;
  return html`<li id="${id}" class="cited"><span class="n">${n}</span><span class="t">${lineText(line, quote)}</span></li>\n`;
}

function gapRow(count: number): Html {
  return html`<li class="gap">… ${count} ${count === 1 ? 'line' : 'lines'} …</li>\n`;
}

/** An item of evidence: what it is, the way back to where it is cited, and its lines under the numbers of their file. */
export function evidenceItem(item: EvidenceItem, citations: Citations): Html {
  const cited = citations.cited(item);
  const lines = item.text.split('\n');
  const shown = shownLines(item, lines.length, cited);
  const rows: Html[] = [];
  let skipped = 0;
  for (const [index, line] of lines.entries()) {
    if (shown[index] !== true) {
      skipped++;
      continue;
    }
    if (skipped > 0) rows.push(gapRow(skipped));
    skipped = 0;
    rows.push(lineRow(item, index, line, cited));
  }
  if (skipped > 0) rows.push(gapRow(skipped));
  const back = citations.places(item);
  return html`<article class="item" id="${item.id}">
<header><h3>${item.id} · ${item.source.name}</h3>
<div class="dim">${item.source.kind}${item.object === undefined ? undefined : ` · ${refText(item.object)}`}${item.command === undefined ? undefined : html` · <code>${item.command}</code>`}</div>
${
  back.length === 0
    ? undefined
    : html`<div class="back">Back to ${back.map(({ id, label }, index) => html`${index === 0 ? '' : ', '}<a href="#${id}">${label}</a>`)}</div>`
}</header>
<ol class="lines">
${rows}</ol>
</article>
`;
}
