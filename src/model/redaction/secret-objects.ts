import { isSecretValue } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';
import { endOfQuoted } from './variables.ts';

const SECRET = /kind\\{0,15}["']?\s{0,4}:\s{0,4}\\{0,15}["']?Secret\b/;
const DATA = /(?:(\\{0,15}["'])|(?<![\w.$-]))(?:data|stringData)(?:\\{0,15}["'])?\s{0,4}:\s{0,64}\{/g;
const GENERATOR = /secretGenerator["']?\s{0,4}:/;

/**
 * Hides the values of `data` and `stringData` in a document that holds a Kubernetes Secret, as YAML or JSON (also within strings), and the
 * literals of a kustomization's `secretGenerator`. Other documents of the text are left alone.
 */
export function hideSecretObjects(text: string, of: PlaceholderOf): string {
  if (!SECRET.test(text) && !GENERATOR.test(text)) return text;
  return text
    .split(/(?<=(?:^|\n)---[^\n]{0,200}\n)/)
    .map((document) => {
      const data = SECRET.test(document) ? hideBlocks(hideFlows(document, of), of) : document;
      return GENERATOR.test(data) ? hideLiterals(data, of) : data;
    })
    .join('');
}

/** `data: {a: b}` and `"data":{"a":"b"}`. */
function hideFlows(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  DATA.lastIndex = 0;
  for (let match = DATA.exec(text); match !== null; match = DATA.exec(text)) {
    const start = match.index + match[0].length;
    const flow = hideFlow(text, start, of);
    result += text.slice(from, start) + flow.text;
    from = flow.end;
    DATA.lastIndex = from;
  }
  return result + text.slice(from);
}

const QUOTE = /\\{0,15}["']/y;
const PLACEHOLDER = /\[redacted:[a-z]+#\d{1,9}\]/y;
const SCALAR = /[^\s,{}[\]"'\\:#](?:[^\n,{}\\:]|:(?!\s))*/y;

/** The rest of a mapping behind its `{`, with every value hidden. */
function hideFlow(text: string, start: number, of: PlaceholderOf): { text: string; end: number } {
  let result = '';
  let from = start;
  let depth = 1;
  let isValue = false;
  let at = start;
  while (at < text.length && depth > 0) {
    PLACEHOLDER.lastIndex = at;
    const placeholder = PLACEHOLDER.exec(text)?.[0];
    if (placeholder !== undefined) {
      isValue = false;
      at += placeholder.length;
      continue;
    }
    QUOTE.lastIndex = at;
    const quote = QUOTE.exec(text)?.[0];
    SCALAR.lastIndex = at;
    const scalar = quote === undefined ? SCALAR.exec(text)?.[0] : undefined;
    if (quote === undefined && scalar === undefined) {
      const character = text[at];
      if (character === '{') depth += 1;
      else if (character === '}') depth -= 1;
      if (character === ':') isValue = true;
      else if (character === ',' || character === '{') isValue = false;
      at += 1;
      continue;
    }
    const begin = at + (quote?.length ?? 0);
    const end = quote === undefined ? begin + (scalar ?? '').trimEnd().length : endOfQuoted(text, begin, quote).end;
    const secret = text.slice(begin, end);
    if (isValue && isSecretValue(secret)) {
      result += text.slice(from, begin) + of('secret', secret);
      from = end;
    }
    if (isValue) isValue = false;
    at = quote === undefined ? Math.max(end, at + 1) : Math.min(end + quote.length, text.length);
    if (end === text.length) break;
  }
  return { text: result + text.slice(from, at), end: at };
}

/** `data:` with its values on the lines below, also where the lines stand in one string (`…\\ndata:\\n  a: …`). */
function hideBlocks(text: string, of: PlaceholderOf): string {
  const lines = hideRows(text.split('\n'), of);
  return lines
    .map((line) =>
      ESCAPED_DATA.test(line)
        ? line
            .split(/(?=\\{1,15}n---\\)/)
            .map((document) => (SECRET.test(document) ? hideEscaped(document, of) : document))
            .join('')
        : line,
    )
    .join('\n');
}

const ESCAPED_DATA = /\\n[ \t]*(?:data|stringData):/;

function hideEscaped(document: string, of: PlaceholderOf): string {
  const pieces = document.split(/(\\{1,15}n)/);
  const rows = hideRows(
    pieces.filter((_, index) => index % 2 === 0),
    of,
  );
  return rows.map((row, index) => row + (pieces[index * 2 + 1] ?? '')).join('');
}

function hideRows(rows: readonly string[], of: PlaceholderOf): string[] {
  let inside = -1;
  return rows.map((line) => {
    const indent = line.length - line.trimStart().length;
    const block = /^\s*(?:data|stringData):\s*(?:#.*)?$/.test(line);
    if (block) inside = indent;
    else if (line.trim() !== '' && indent <= inside) inside = -1;
    if (block || inside < 0) return line;
    const colon = line.indexOf(': ');
    // A folded value continues on lines without a name.
    const start = colon < 0 ? indent : colon + 2;
    const rest = line.slice(start);
    // What ends the string around it, and follows it.
    const tail = /\\{0,15}"\s*[},\]].*$/.exec(rest)?.[0] ?? '';
    const secret = rest.slice(0, rest.length - tail.length).trim();
    if (secret === '' || secret.endsWith(':') || /^[|>][+\-\d]{0,2}$/.test(secret) || !isSecretValue(secret))
      return line;
    return `${line.slice(0, start)}${of('secret', secret)}${tail}`;
  });
}

const LITERAL = /^(["']?[\w.-]{1,253}=)(.*)$/;

/** A literal of a generator, `name=value`, with its value hidden. */
export function hideLiteral(literal: string, of: PlaceholderOf): string {
  const [, head = '', secret = ''] = LITERAL.exec(literal) ?? [];
  return secret !== '' && isSecretValue(secret) ? head + of('secret', secret) : literal;
}

/** `literals` within `secretGenerator`, as a block or flow list. */
function hideLiterals(text: string, of: PlaceholderOf): string {
  let generator = -1;
  let literals = -1;
  const lines = text.split('\n').map((line) => {
    const content = line.trimStart();
    const indent = line.length - content.length;
    const own = content.replace(/^(?:- +)*/, '');
    if (GENERATOR.test(line)) generator = indent;
    // The items of a list may stand as far in as its name.
    else if (content !== '' && (indent < generator || (indent === generator && !content.startsWith('-'))))
      generator = -1;
    if (generator < 0) return line;
    const flow = /^(.*literals["']?:\s*\[)(.*)$/.exec(line);
    if (flow !== null)
      return `${flow[1]}${(flow[2] ?? '').replace(
        /([\w.-]{1,253}=)([^,\]"']{1,4096})/g,
        (_, head: string, secret: string) => (isSecretValue(secret) ? head + of('secret', secret.trim()) : _),
      )}`;
    if (own.startsWith('literals:')) {
      literals = indent;
      return line;
    }
    if (/^[\w-]+:/.test(own)) literals = -1;
    const item = /^(\s*- +)(["']?)(.*?)(\2\s*)$/.exec(line);
    if (literals < 0 || item === null) return line;
    return `${item[1]}${item[2]}${hideLiteral(item[3] ?? '', of)}${item[4]}`;
  });
  return lines.join('\n');
}
