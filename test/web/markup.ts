/** An element as a strict reader sees it. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Text directly inside, entities resolved. */
  text: string;
}

const VOID = new Set(['meta', 'br', 'hr', 'img', 'input', 'link']);
const RAW = new Set(['script', 'style']);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    const mark = ENTITIES[name];
    if (mark === undefined || !whole.endsWith(';')) throw new Error(`a bare & or an unknown entity: ${whole}`);
    return mark;
  });
}

/**
 * Reads a document far more strictly than a browser: every tag closed in order, every attribute named once and quoted, no bare
 * `<`, `>` or `&`. Throws at the first fault, so that what passes means the same to every reader.
 */
export function readMarkup(source: string): Element[] {
  const found: Element[] = [];
  const open: Element[] = [];
  let at = source.indexOf('\n') + 1;
  if (source.slice(0, at) !== '<!doctype html>\n') throw new Error('no doctype');
  while (at < source.length) {
    const next = source.indexOf('<', at);
    const text = source.slice(at, next < 0 ? source.length : next);
    if (text.includes('>')) throw new Error(`a bare > near ${text.slice(0, 80)}`);
    const parent = open.at(-1);
    if (parent !== undefined) parent.text += decode(text);
    else if (text.trim() !== '') throw new Error(`text outside the document: ${text}`);
    if (next < 0) break;
    const tag = /^<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/.exec(source.slice(next, next + 100_000));
    if (tag === null) throw new Error(`no tag at ${source.slice(next, next + 80)}`);
    const [whole, slash, name = '', attributes = ''] = tag;
    at = next + whole.length;
    if (slash === '/') {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`</${name}> closes <${last?.name}>`);
      continue;
    }
    const element: Element = { name, attributes: new Map(), text: '' };
    for (const [, key = '', value = ''] of attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) {
      if (element.attributes.has(key)) throw new Error(`${key} twice`);
      (element.attributes as Map<string, string>).set(key, decode(value));
    }
    found.push(element);
    if (RAW.has(name)) {
      const end = source.indexOf(`</${name}`, at);
      element.text = source.slice(at, end);
      at = source.indexOf('>', end) + 1;
    } else if (!VOID.has(name)) open.push(element);
  }
  if (open.length > 0) throw new Error(`never closed: ${open.map(({ name }) => name)}`);
  return found;
}
