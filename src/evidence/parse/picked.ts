import { type Json, text as textOf } from '../../json.ts';
import { readCommand } from '../command.ts';
import { cellsBetween } from './between.ts';
import { defaultsIn, isSentenceAt, type Key, keysOf, placed, readValue, together } from './paths.ts';

/** Longer expressions than this nobody types. */
const MAX_CHARS = 2000;
/** Longer output than this is no list that a person made. */
const MAX_OUTPUT = 256 * 1024;

/** What stands in a line that an expression makes: a text, or a member of the object. */
type Part = string | readonly Key[];

/** A line for the object, for each object of a list (`.items`), or for each member of a list within the object. */
interface Template {
  readonly each?: readonly Key[];
  readonly parts: readonly Part[];
}

/** The expression behind `-o jsonpath=`, `-o go-template=` or `--template`, without its quotes, and its language. */
function outputOf(command: string): { readonly body: string; readonly go: boolean } | undefined {
  const head = /\s(?:-o[ =]?|--output[ =])(["']?)(?:(go-template|template)|jsonpath(?:-as-json)?)=(["']?)/.exec(
    command,
  );
  const short = head === null ? /\s(-)-template[ =](["']?)/.exec(command) : null;
  const found = head ?? short;
  if (found === null) return undefined;
  const quote = (head === null ? found[2] : head[1] || head[3]) ?? '';
  const rest = command.slice(found.index + found[0].length);
  const end = quote === '' ? rest.search(/\s|$/) : rest.indexOf(quote);
  if (end < 0) return undefined;
  const body = quote === '"' ? rest.slice(0, end).replaceAll('\\"', '"') : rest.slice(0, end);
  return { body, go: head === null || head[2] !== undefined };
}

const escaped = (literal: string) => literal.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"');

type Token = { readonly open: string } | { readonly close: true } | { readonly part: Part };

/** The tokens of a template; undefined where one does more than print a member. */
function tokensOf(body: string, go: boolean): Token[] | undefined {
  const action = go
    ? /\{\{-?\s*(.*?)\s*-?\}\}/g
    : /\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\(@[^)]*\)|[^{}"'(]|\((?!@))*)\}/g;
  const tokens: Token[] = [];
  let from = 0;
  for (const match of body.matchAll(action)) {
    if (match.index > from) tokens.push({ part: escaped(body.slice(from, match.index)) });
    from = match.index + match[0].length;
    const said = (match[1] ?? '').trim();
    const literal = /^(["'])(.*)\1$/.exec(said)?.[2];
    const list = /^range \$?(\.\S+)$/.exec(said)?.[1];
    const keys = keysOf(said.replace(/^[$@](?=\.)/, ''));
    if (literal !== undefined) tokens.push({ part: escaped(literal) });
    else if (list !== undefined) tokens.push({ open: go ? `${list}[*]` : list });
    else if (said === 'end') tokens.push({ close: true });
    else if (keys !== undefined) tokens.push({ part: keys });
    else return undefined;
  }
  if (from < body.length) tokens.push({ part: escaped(body.slice(from)) });
  return tokens;
}

/** The parts of tokens; a list within the list is all members of it, which must be one. */
function partsOf(tokens: readonly Token[]): Part[] | undefined {
  const parts: Part[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined || 'close' in token) return undefined;
    if ('part' in token) {
      parts.push(token.part);
      continue;
    }
    const end = tokens.findIndex((one, index) => index > at && 'close' in one);
    const inner = partsOf(tokens.slice(at + 1, end)) ?? [];
    const keys = keysOf(token.open);
    const [path, ...others] = inner.filter((part) => typeof part !== 'string');
    // What stands between its members is blank, or it is not known where one ends.
    if (end < 0 || keys === undefined || path === undefined || others.length > 0) return undefined;
    if (inner.some((part) => typeof part === 'string' && part.trim() !== '')) return undefined;
    parts.push([...keys, ...path]);
    at = end;
  }
  return parts;
}

/** A template of kubectl as lines that it makes. */
function ofOutput(command: string): Template | undefined {
  const { body = '', go = false } = outputOf(command) ?? {};
  const tokens = body === '' || body.length > MAX_CHARS ? undefined : tokensOf(body, go);
  if (tokens === undefined) return undefined;
  const [first] = tokens;
  if (first === undefined || !('open' in first)) {
    const parts = partsOf(tokens);
    return parts === undefined ? undefined : { parts };
  }
  let depth = 0;
  const end = tokens.findIndex((token) => {
    depth += 'open' in token ? 1 : 'close' in token ? -1 : 0;
    return depth === 0;
  });
  const each = keysOf(first.open);
  const parts = end < 0 ? undefined : partsOf(tokens.slice(1, end));
  return each === undefined || parts === undefined ? undefined : { each, parts };
}

/** A member that `jq` prints: a path, what stands for it where it is null, what makes it a text. */
function jqPart(said: string): Part | undefined {
  const bare = said.trim().replace(/^\((.*)\)$/, '$1');
  const path = bare
    .replaceAll('?', '')
    .replace(/\s*(?:\/\/|\|\s*(?:tostring|tojson|@json|tonumber)$).*$/, '')
    .trim();
  const literal = /^"([^"\\]|\\.)*"$/.test(path) ? escaped(path.slice(1, -1)) : undefined;
  return literal ?? keysOf(path);
}

/** Cut at a mark that stands in no brackets and no quotes. */
function cutAt(said: string, mark: RegExp): string[] {
  const cut = [''];
  let [depth, quoted] = [0, false];
  for (const sign of said) {
    if (sign === '"') quoted = !quoted;
    if (!quoted && '([{'.includes(sign)) depth++;
    if (!quoted && ')]}'.includes(sign)) depth--;
    if (depth === 0 && !quoted && mark.test(sign)) cut.push('');
    else cut[cut.length - 1] += sign;
  }
  return cut;
}

const joinedBy = (parts: readonly Part[], mark: string): Part[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [mark, part]));

/** What one line of `jq -r` holds: columns (`[.a, .b] | @tsv`), a text with members in it, or a sum of texts. */
function jqLine(steps: readonly string[]): Part[] | undefined {
  const [what = '', how = ''] = steps.map((step) => step.trim());
  const columns = /^\[(.*)\]$/s.exec(what)?.[1];
  if (columns !== undefined) {
    const parts = cutAt(columns, /,/).map(jqPart);
    const mark = how === '@tsv' ? '\t' : /^join\("(.*)"\)$/.exec(how)?.[1];
    return steps.length !== 2 || mark === undefined || parts.includes(undefined)
      ? undefined
      : joinedBy(parts as Part[], escaped(mark));
  }
  if (steps.length !== 1) return undefined;
  if (/^"(?:[^"\\]|\\.|\\\([^()]*(?:\([^()]*\)[^()]*)*\))*"$/.test(what)) {
    const pieces = what.slice(1, -1).split(/\\\(([^()]*(?:\([^()]*\)[^()]*)*)\)/);
    const parts = pieces.map((piece, index) => (index % 2 === 0 ? escaped(piece) : jqPart(piece)));
    return parts.includes(undefined) ? undefined : (parts as Part[]).filter((part) => part !== '');
  }
  const parts = cutAt(what, /\+/).map(jqPart);
  return parts.includes(undefined) ? undefined : (parts as Part[]);
}

/** `-o json | jq -r '.items[] | select(…) | [.a, .b] | @tsv'` as lines that it makes. */
function ofJq(command: string): Template | undefined {
  const [, quote, body] =
    /(?:-o[ =]?|--output[ =])json\b[^|]*\|\s*jq\s+(?:-\w+\s+)*-\w*r\w*\s+(?:-\w+\s+)*(['"])(.*)\1/s.exec(command) ?? [];
  if (body === undefined || body.length > MAX_CHARS) return undefined;
  const plain = quote === '"' ? body.replaceAll('\\"', '"') : body;
  const steps = cutAt(plain, /\|/).map((step) => step.trim());
  const list = /^(\.[\w.]+)\[\]\??$/.exec(steps[0] ?? '')?.[1];
  const rest = (list === undefined ? steps : steps.slice(1)).filter((step) => !/^(?:select|sort_by)\(/.test(step));
  const parts = jqLine(rest);
  const each = list === undefined ? undefined : keysOf(`${list}[*]`);
  if (parts === undefined || (list !== undefined && each === undefined)) return undefined;
  return { parts, ...(each === undefined ? {} : { each }) };
}

/** Whether two members always have a text between them: else nothing says where the first ends. */
const isApart = (parts: readonly Part[]): boolean =>
  parts.every((part, index) => typeof part === 'string' || typeof parts[index + 1] !== 'object');

/** Whether a sentence has behind it what sentences have, so that nothing says where it ends. */
const isBlurred = (parts: readonly Part[]): boolean =>
  parts.some((part, index) => {
    const next = parts[index + 1];
    return typeof part !== 'string' && isSentenceAt(part) && typeof next === 'string' && /^[ ,:;.-]+$/.test(next);
  });

/** What stands for a member that is not there. */
const ABSENT = /^(?:|-|null|<none>|<no value>|none|n\/a)$/i;

/** Members of objects in lines that an expression of jsonpath, of Go's templates or of `jq -r` made, each line with its index. */
export function pickedRows(output: string, command: string): { readonly object: Json; readonly index: number }[] {
  const { tool, verb, kind = '', name, namespace } = readCommand(command);
  if (tool !== 'kubectl' || verb !== 'get' || !/^[A-Z]/.test(kind) || output.length > MAX_OUTPUT) return [];
  const template = ofOutput(command) ?? ofJq(command);
  if (template === undefined || /^(?:Error|error:)/.test(output)) return [];
  const ofItems = template.each?.join('.') === 'items.*';
  if (!ofItems && name === undefined) return [];
  const lastEnds = template.parts.at(-1) === '\n' ? template.parts.slice(0, -1) : template.parts;
  const paths = lastEnds.filter((part) => typeof part !== 'string');
  if (paths.length === 0 || !isApart(lastEnds) || isBlurred(lastEnds)) return [];
  // One member alone is read as a document.
  if (template.each === undefined && lastEnds.length === 1) return [];
  const fixed = lastEnds.map((part) => (typeof part === 'string' ? part : undefined));
  const texts = template.each === undefined ? [output.trimEnd()] : output.split('\n');
  const defaults = defaultsIn(command);
  const isAbsent = (cell: string) => ABSENT.test(cell) || defaults.has(cell);
  const rows = texts.flatMap((line, index) => {
    const cells = (cellsBetween(line, fixed) ?? []).flatMap((cell, at) => {
      const keys = paths[at];
      return keys === undefined || isAbsent(cell.trim()) ? [] : [{ keys, value: readValue(cell.trim(), keys) }];
    });
    return cells.length === 0 ? [] : [{ cells, index }];
  });
  const own = { name, ...(namespace === undefined ? {} : { namespace }) };
  if (template.each === undefined || ofItems)
    return rows.flatMap(({ cells, index }) => {
      const told = (key: string) => textOf(cells.find(({ keys }) => keys.join('.') === `metadata.${key}`)?.value);
      const metadata = { ...own, ...(ofItems ? { name: told('name') } : {}) };
      const space = told('namespace') ?? metadata.namespace;
      if (metadata.name === undefined || !/^[\w.-]+$/.test(metadata.name)) return [];
      const shown = cells.filter(({ keys }) => keys[0] !== 'metadata').map(({ keys, value }) => placed(keys, value));
      if (shown.length === 0) return [];
      const body = shown.reduce(together) as Json;
      return [
        {
          object: { ...body, kind, metadata: { ...metadata, ...(space === undefined ? {} : { namespace: space }) } },
          index,
        },
      ];
    });
  // Members of a list within the object are shown together, or they would be taken for all of it.
  const members = rows.map(({ cells }) => cells.map(({ keys, value }) => placed(keys, value)).reduce(together));
  const list = template.each.slice(0, -1);
  if (members.length === 0 || template.each.at(-1) !== '*' || list[0] === 'metadata') return [];
  return [{ object: { ...(placed(list, members) as Json), kind, metadata: own }, index: rows[0]?.index ?? 0 }];
}
