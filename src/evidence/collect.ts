import { readCommand } from './command.ts';
import { excerpts } from './excerpt.ts';
import { type EvidenceFile, type EvidenceItem, LineRange, type ObjectRef, type SourceKind } from './model.ts';
import { isArgoApp } from './parse/argocd.ts';
import { type Section, split } from './split.ts';
import { whole } from './whole.ts';

/** More items than this are not numbered: a hostile text could otherwise make millions. */
const MAX_ITEMS = 20_000;
/** The text of one item is cut after this many characters, at a line's end where there is one. */
const MAX_ITEM_CHARS = 1024 * 1024;

export interface Collected {
  readonly items: EvidenceItem[];
  /** What was left out while collecting, in words. */
  readonly cut: string[];
}

const STAMP = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/;

function refine(section: Section): SourceKind {
  const { kind, lines, command } = section;
  const tool = command === undefined ? '' : readCommand(command).tool;
  if (kind === 'describe' && isArgoApp(lines)) return 'argocd';
  if (kind === 'table' && /^(GROUP\s+KIND|NAME\s+CLUSTER)/.test(lines[0] ?? '')) return 'argocd';
  if (kind === 'table' && /LAST SEEN.*REASON/.test(lines[0] ?? '')) return 'events';
  if (kind === 'log' && (tool === 'argocd' || /^=+ \S*\/\S+ \S*\/\S+ =+$/.test(lines[0] ?? ''))) return 'argocd';
  if (kind === 'object' && /"alertname"|"alerts"\s*:/.test(lines.slice(0, 60).join('\n').slice(0, 20_000)))
    return 'alert';
  if (kind === 'object' && isLoki(lines)) return 'log';
  return kind;
}

function isLoki(lines: readonly string[]): boolean {
  const head = lines.slice(0, 40).join('\n').slice(0, 4000);
  return /"(streams|resultType)"\s*:/.test(head) || (/^\s*\[/.test(head) && /"line"\s*:/.test(head));
}

function refOf(command: string | undefined): ObjectRef | undefined {
  if (command === undefined) return undefined;
  const { verb, tool, kind, name, namespace, container } = readCommand(command);
  if (tool !== 'kubectl' || kind === undefined || name === undefined || !/^[A-Z]/.test(kind)) return undefined;
  if (verb !== 'logs' && verb !== 'describe' && verb !== 'get') return undefined;
  return {
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(verb === 'logs' && container !== undefined ? { path: `containers.${container}` } : {}),
  };
}

function ranges(section: Section, kind: SourceKind): LineRange[] {
  const to = section.from + section.lines.length - 1;
  if (kind !== 'log') return [{ from: section.from, to }];
  return excerpts(section.lines, section.from);
}

function bounded(text: string): string {
  if (text.length <= MAX_ITEM_CHARS) return text;
  const end = text.lastIndexOf('\n', MAX_ITEM_CHARS);
  return whole(text.slice(0, end > 0 ? end : MAX_ITEM_CHARS));
}

/**
 * Splits files into numbered evidence. The texts must already be redacted. Long logs become several items, each a
 * contiguous range with the line numbers of its file; any text whatsoever gives an answer.
 */
export function collect(files: readonly EvidenceFile[]): Collected {
  const items: EvidenceItem[] = [];
  const cut: string[] = [];
  for (const file of files) {
    for (const section of split(file.text)) {
      const kind = refine(section);
      const kept = ranges(section, kind);
      const lines = kept.reduce((sum, range) => sum + range.to - range.from + 1, 0);
      if (lines < section.lines.length)
        cut.push(
          `${section.lines.length - lines} of ${section.lines.length} lines of ${file.name} repeat or tell nothing and were left out`,
        );
      const object = refOf(section.command);
      for (const range of kept) {
        if (items.length >= MAX_ITEMS) {
          cut.push(`${file.name} from line ${range.from}: more than ${MAX_ITEMS} pieces of evidence`);
          return { items, cut };
        }
        const full = section.lines.slice(range.from - section.from, range.to - section.from + 1).join('\n');
        const text = bounded(full);
        if (text.length < full.length)
          cut.push(`${file.name} from line ${range.from}: cut after ${text.length} characters`);
        const time = STAMP.exec(text.slice(0, 20_000))?.[0];
        const to = range.from + text.split('\n').length - 1;
        items.push({
          id: `E${items.length + 1}`,
          source: { kind, name: file.name },
          ...(object === undefined ? {} : { object }),
          ...(section.command === undefined ? {} : { command: section.command }),
          lines: LineRange.parse({ from: range.from, to }),
          ...(time === undefined ? {} : { time }),
          text,
        });
      }
    }
  }
  return { items, cut };
}
