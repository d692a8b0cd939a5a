import type { Citation, EvidenceItem } from '../../src/evidence/model.ts';
import { type Html, html } from './html.ts';

/** A place in the answer that leads to a piece of evidence, and is led back to from there. */
interface Place {
  readonly id: string;
  readonly label: string;
}

/** Gives every citation a link to the line it cites, and remembers it for the way back. */
export class Citations {
  readonly #items: ReadonlyMap<string, EvidenceItem>;
  readonly #places = new Map<string, Place[]>();
  readonly #cited = new Map<string, Citation[]>();
  #count = 0;

  constructor(items: readonly EvidenceItem[]) {
    this.#items = new Map(items.map((item) => [item.id, item]));
  }

  /** The link of a citation; `label` says where it stands. Of evidence that is not there, only its name. */
  link(citation: Pick<Citation, 'evidence' | 'lines'> & { readonly quote?: string }, label: string): Html {
    const item = this.#items.get(citation.evidence);
    if (item === undefined) return html`<span class="cite">${citation.evidence}</span>`;
    const lines = citation.lines ?? linesOf(item, citation.quote);
    const known = { evidence: item.id, quote: citation.quote ?? '', ...(lines === undefined ? {} : { lines }) };
    const cited = this.#cited.get(item.id);
    if (cited === undefined) this.#cited.set(item.id, [known]);
    else cited.push(known);
    const id = `c${++this.#count}`;
    const places = this.#places.get(item.id);
    if (places === undefined) this.#places.set(item.id, [{ id, label }]);
    else places.push({ id, label });
    const at = lines === undefined ? '' : `:${lines.from}`;
    return html`<a class="cite" id="${id}" href="#${lineId(item, lines?.from)}" title="${item.source.name}, ${lines === undefined ? 'no line' : `line ${lines.from}`}">${item.id}${at}</a>`;
  }

  /** Links of several citations, each line once. */
  links(citations: readonly Citation[], label: string): Html {
    const unique = new Map(citations.map((one) => [`${one.evidence} ${one.lines?.from ?? one.quote}`, one]));
    return html`${[...unique.values()].map((citation) => html` ${this.link(citation, label)}`)}`;
  }

  /** Where the answer speaks of an item, one place a label. */
  places(item: EvidenceItem): Place[] {
    return [
      ...new Map((this.#places.get(item.id) ?? []).toReversed().map((place) => [place.label, place])).values(),
    ].reverse();
  }

  cited(item: EvidenceItem): readonly Citation[] {
    return this.#cited.get(item.id) ?? [];
  }
}

function linesOf(item: EvidenceItem, quote: string | undefined): Citation['lines'] {
  const at = quote === undefined || quote === '' ? -1 : item.text.indexOf(quote);
  if (at < 0) return undefined;
  const from = item.lines.from + item.text.slice(0, at).split('\n').length - 1;
  return { from, to: from + (quote ?? '').split('\n').length - 1 };
}

/** The id of a line on the page, or of the whole item for a line that is not in it. */
export function lineId(item: EvidenceItem, line: number | undefined): string {
  if (line === undefined || line < item.lines.from || line >= item.lines.from + item.text.split('\n').length)
    return item.id;
  return `${item.id}-L${line}`;
}
