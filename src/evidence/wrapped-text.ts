import { asArray, at, isObject, type Json, text } from '../json.ts';
import { printedValues } from './parse/printed/index.ts';

const MAX_CHARS = 64 * 1024 * 1024;
const MAX_DEPTH = 3;
/** First characters of a text in quotes, as languages print it, or of a list of such. */
const QUOTED = /^(?:\[\s*)?[bu]?["']/;
const RESULT = /^\{\s*"(?:content|isError|structuredContent|jsonrpc|result|_meta|events|results|nextForwardToken)"\s*:/;

function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    // Python's own notation; a text that goes on behind its quotes is none.
    const values =
      /^(?:\[\s*)?[bu]?'|^(?:\[\s*)?[bu]"/.test(source) && /['"]\s*\]?$/.test(source) ? printedValues(source) : [];
    return values.length === 1 ? values[0] : undefined;
  }
}

/**
 * The lines of one stream as CloudWatch gives it (`get-log-events`, Logs Insights), each behind its time. Entries that say of what they are need
 * their members, and are left as they are.
 */
function streamIn({ events, results }: Json): string | undefined {
  const rows = asArray(results).map((row) =>
    Object.fromEntries(asArray(row).map((one) => [text(at(one, 'field')), at(one, 'value')])),
  );
  const entries = asArray(events).length > 0 ? asArray(events) : rows;
  const lines = entries.map((entry) => {
    const [time, message] = [
      at(entry, 'timestamp') ?? at(entry, '@timestamp'),
      text(at(entry, 'message') ?? at(entry, '@message')),
    ];
    const date = new Date(typeof time === 'number' ? time : `${String(time).replace(' ', 'T')}Z`);
    if (message === undefined || Number.isNaN(date.getTime()) || at(entry, 'logStreamName') !== undefined)
      return undefined;
    return at(entry, '@logStream') === undefined && !message.startsWith('{"log"')
      ? `${date.toISOString()} ${message}`
      : undefined;
  });
  return lines.length > 0 && lines.every((line) => line !== undefined) ? lines.join('\n') : undefined;
}

/** The text that a value is, or holds as its lines or as the answer of a tool (`{"content": [{"type": "text", "text": …}]}`). */
function textIn(value: unknown): string | undefined {
  if (typeof value === 'string') return /[\n{]/.test(value) ? value : undefined;
  const list = asArray(value);
  if (list.length > 0)
    return list.every((one) => typeof one === 'string') && list.some((one) => /\s/.test(String(one)))
      ? list.map((one) => String(one).replace(/\n$/, '')).join('\n')
      : undefined;
  if (!isObject(value) || 'role' in value || 'kind' in value) return undefined;
  if (isObject(value.result) && 'jsonrpc' in value) return textIn(value.result);
  const entries = streamIn(value);
  if (entries !== undefined) return entries;
  const parts = asArray(value.content).map((part) => (isObject(part) && part.type === 'text' ? part.text : undefined));
  return parts.length > 0 && parts.every((part) => typeof part === 'string') ? parts.join('\n') : undefined;
}

/**
 * What a text holds that is nothing but another text: in the quotes of JSON, of Python or as its bytes (`b'…\n…'`), a list of its lines, or the
 * answer of a tool (Model Context Protocol). It is unpacked as an archive is: lines are numbered and cited as they were printed. Undefined
 * for any other text.
 */
export function unwrappedText(source: string, depth = 0): string | undefined {
  const head = source.slice(0, 200).trimStart();
  if (source.length > MAX_CHARS || depth > MAX_DEPTH || !(QUOTED.test(head) || RESULT.test(head))) return undefined;
  const inner = textIn(parsed(source.trim()));
  return inner === undefined ? undefined : (unwrappedText(inner, depth + 1) ?? inner);
}
