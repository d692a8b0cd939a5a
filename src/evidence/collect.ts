import { callOfFile } from './called-file.ts';
import { readCommand } from './command.ts';
import { brokenIn, type ReadItem } from './given.ts';
import { excerptOf, rangesOf } from './logs/excerpt.ts';
import { Numbering } from './logs/gaps.ts';
import { type EvidenceFile, LineRange, type ObjectRef, type SourceKind } from './model.ts';
import { isArgoApp } from './parse/argocd.ts';
import { HEADER_LINES, plainRows } from './parse/drawn.ts';
import { EVENT_ROW } from './parse/events.ts';
import { parseAlerts } from './parse/exports.ts';
import { parsed, storedLines } from './parse/stored-logs.ts';
import { type Section, split } from './split.ts';
import { whole } from './whole.ts';

/** More items than this are not numbered: a hostile text could otherwise make millions. */
const MAX_ITEMS = 20_000;
/** The text of one item is cut after this many characters, at a line's end where there is one. */
const MAX_ITEM_CHARS = 1024 * 1024;

export interface Collected {
  readonly items: ReadItem[];
  /** What was left out while collecting, in words. */
  readonly cut: string[];
}

const STAMP = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/;

function refine(section: Section): SourceKind {
  const { kind, command } = section;
  // Of a table its header tells, which stands within so many lines however it is drawn.
  const lines = kind === 'table' ? plainRows(section.lines.slice(0, HEADER_LINES)) : section.lines;
  const tool = command === undefined ? '' : readCommand(command).tool;
  if (kind === 'describe' && isArgoApp(lines)) return 'argocd';
  if (kind === 'table' && /^(GROUP\s+KIND|NAME\s+CLUSTER)/.test(lines[0] ?? '')) return 'argocd';
  if (kind === 'table' && /LAST SEEN.*REASON/.test(lines[0] ?? '')) return 'events';
  if (kind === 'table' && EVENT_ROW.test(lines[0] ?? '')) return 'events';
  if (kind === 'log' && (tool === 'argocd' || /^=+ \S*\/\S+ \S*\/\S+ =+$/.test(lines[0] ?? ''))) return 'argocd';
  if (kind === 'object' && /"alertname"|"alerts"\s*:/.test(lines.slice(0, 60).join('\n').slice(0, 20_000)))
    return 'alert';
  if (kind === 'object' && (isLoki(lines) || isTrace(lines) || isStored(lines))) return 'log';
  if ((kind === 'log' || kind === 'text') && isAlerts(lines)) return 'alert';
  return kind;
}

/** Alerts as one JSON text, whatever member comes first: Alertmanager puts the receiver there. */
function isAlerts(lines: readonly string[]): boolean {
  if (!/^\s*[{[]/.test(lines[0] ?? '')) return false;
  const source = lines.join('\n');
  if (source.length > MAX_ITEM_CHARS || !/"alertname"\s*:/.test(source)) return false;
  try {
    return parseAlerts(JSON.parse(source)).length > 0;
  } catch {
    return false;
  }
}

function isLoki(lines: readonly string[]): boolean {
  const head = lines.slice(0, 40).join('\n').slice(0, 4000);
  return /"(streams|resultType)"\s*:/.test(head) || (/^\s*\[/.test(head) && /"line"\s*:/.test(head));
}

/** Spans as Tempo and Jaeger give them. */
function isTrace(lines: readonly string[]): boolean {
  return lines.slice(0, 400).some((line) => /"span(?:Id|ID)"\s*:/.test(line));
}

/** Entries of a store of logs as one JSON text, each with its pod. */
function isStored(lines: readonly string[]): boolean {
  const isObject = lines.slice(0, 40).some((line) => line.includes('"apiVersion"'));
  if (isObject || !/^\s*[{[]/.test(lines[0] ?? '') || !lines.some((line) => /\bpod|"PodName"|"kubernetes"/.test(line)))
    return false;
  const source = lines.join('\n');
  return source.length <= MAX_ITEM_CHARS && storedLines(parsed(source)).length > 0;
}

function refOf(command: string | undefined): ObjectRef | undefined {
  if (command === undefined) return undefined;
  const { verb, tool, kind, name, namespace, container } = readCommand(command);
  if ((tool !== 'kubectl' && verb !== 'logs') || kind === undefined || name === undefined || !/^[A-Z]/.test(kind))
    return undefined;
  if (verb !== 'logs' && verb !== 'describe' && verb !== 'get') return undefined;
  return {
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(verb === 'logs' && container !== undefined ? { path: `containers.${container}` } : {}),
  };
}

interface Kept {
  /** Lines of the text. */
  readonly ranges: readonly LineRange[];
  /** By line of the text. */
  readonly repeats: readonly { readonly line: number; readonly more: number }[];
  readonly dropped: number;
}

function keptOf(section: Section, kind: SourceKind, numbering: Numbering): Kept {
  const whole = { from: section.from, to: section.from + section.lines.length - 1 };
  const pieces = numbering.pieces(whole);
  // What was cut before it came here is not cut again.
  if (kind !== 'log' || pieces.length > 1) return { ranges: pieces, repeats: [], dropped: 0 };
  const { kept, repeats, dropped } = excerptOf(section.lines);
  return {
    ranges: rangesOf(kept, section.from),
    repeats: repeats.map(({ line, more }) => ({ line: section.from + line - 1, more })),
    dropped,
  };
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

interface Told {
  readonly list: readonly { readonly line: number; readonly more: number }[];
  next: number;
}

/** Repeats of a range of lines. `told` is in the order of lines, and ranges come in it: what lies before is passed over. */
function repeatsIn(told: Told, from: number, to: number): { line: number; more: number }[] {
  const found: { line: number; more: number }[] = [];
  for (; told.next < told.list.length; told.next++) {
    const repeat = told.list[told.next];
    if (repeat === undefined || repeat.line > to) break;
    if (repeat.line >= from) found.push(repeat);
  }
  return found;
}

function bounded(text: string): string {
  if (text.length <= MAX_ITEM_CHARS) return text;
  const end = text.lastIndexOf('\n', MAX_ITEM_CHARS);
  return whole(text.slice(0, end > 0 ? end : MAX_ITEM_CHARS));
}

/**
 * Text that comes from where it is known what it is (a log, say) cannot pass for something else by its lines. What names no command itself
 * may stand in a file that is named after one; lines keep their numbers.
 */
function sectionsOf({ text, known, name }: EvidenceFile): Section[] {
  if (known !== undefined)
    return [
      {
        kind: known.kind,
        ...(known.command === undefined ? {} : { command: known.command }),
        from: 1,
        lines: text.split('\n'),
      },
    ];
  const sections = split(text);
  const call = sections.some(({ command }) => command !== undefined) ? undefined : callOfFile(name);
  if (call === undefined) return sections;
  return split(`${call}\n${text}`)
    .filter(({ from }) => from > 1)
    .map((section) => ({ ...section, from: section.from - 1 }));
}

/**
 * Splits files into numbered evidence. The texts must already be redacted. Long logs become several items, each a
 * contiguous range with the line numbers of its file; any text whatsoever gives an answer.
 */
export function collect(files: readonly EvidenceFile[]): Collected {
  const items: ReadItem[] = [];
  const cut: string[] = [];
  for (const file of files) {
    const numbering = new Numbering(file.excerpt);
    const given: Told = { list: (file.excerpt?.repeats ?? []).toSorted((a, b) => a.line - b.line), next: 0 };
    if (numbering.missing > 0)
      cut.push(
        `${numbering.missing} of ${numbering.missing + linesIn(file.text)} lines of ${file.name} repeat or tell nothing and were left out`,
      );
    cut.push(...(file.excerpt?.notes ?? []));
    for (const section of sectionsOf(file)) {
      const kind = file.known?.kind ?? refine(section);
      const { ranges, repeats, dropped } = keptOf(section, kind, numbering);
      const own = repeats.map(({ line, more }) => ({ line: numbering.whole(line), more }));
      const told = own.length === 0 ? given : { list: own.sort((a, b) => a.line - b.line), next: 0 };
      const lines = ranges.reduce((sum, range) => sum + range.to - range.from + 1, 0);
      if (lines < section.lines.length)
        cut.push(
          `${section.lines.length - lines} of ${section.lines.length} lines of ${file.name} repeat or tell nothing and were left out`,
        );
      if (dropped > 0) cut.push(`${dropped} kinds of error lines of ${file.name} had no room and were left out`);
      const object = file.known?.object ?? refOf(section.command);
      for (const range of ranges) {
        const first = numbering.whole(range.from);
        if (items.length >= MAX_ITEMS) {
          cut.push(`${file.name} from line ${first}: more than ${MAX_ITEMS} pieces of evidence`);
          return { items, cut };
        }
        const full = section.lines.slice(range.from - section.from, range.to - section.from + 1).join('\n');
        const text = bounded(full);
        if (text.length < full.length) cut.push(`${file.name} from line ${first}: cut after ${text.length} characters`);
        const time = STAMP.exec(text.slice(0, 20_000))?.[0];
        const to = first + linesIn(text) - 1;
        const more = kind !== 'log' ? [] : repeatsIn(told, first, to);
        items.push({
          id: `E${items.length + 1}`,
          source: { kind, name: file.name },
          ...(object === undefined ? {} : { object }),
          ...(section.command === undefined ? {} : { command: section.command }),
          lines: LineRange.parse({ from: first, to }),
          ...(time === undefined ? {} : { time }),
          text,
          ...(more.length === 0 ? {} : { repeats: more }),
          ...brokenIn(file.breaks ?? [], { from: first, to }),
        });
      }
    }
  }
  return { items, cut };
}
