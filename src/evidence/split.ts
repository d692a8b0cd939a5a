import { bareCommand } from './bare-command.ts';
import { asksCluster, logBehindTable, opensStep } from './ci-groups.ts';
import { readCommand, recorderCommand } from './command.ts';
import { contextsOf, inContext } from './contexts.ts';
import { inCurrentNamespace } from './current-namespace.ts';
import { dataEnd } from './described-data.ts';
import { jsonEnd, jsonMembers } from './json-parts.ts';
import type { SourceKind } from './model.ts';
import { isPodEvent, isPodWithoutHead } from './parse/describe.ts';
import { isDockerPs } from './parse/docker-ps.ts';
import { drawnHeader } from './parse/drawn.ts';
import { EVENT_HEADER } from './parse/events.ts';
import { isPrintedStart } from './parse/printed/starts.ts';
import { isPodRow, isTableHeader } from './parse/table.ts';
import { promptCommand, shellLine, viewCommand } from './prompt.ts';
import { isOnlyError, isOnlyReaders } from './reader-errors.ts';
import { FAILED } from './recorded/call.ts';
import { READ_UP } from './tool-call.ts';

/** A contiguous run of lines that one parser understands. `from` is the 1-based line of `lines[0]` in its file. */
export interface Section {
  readonly kind: SourceKind;
  readonly command?: string;
  readonly from: number;
  readonly lines: readonly string[];
}

interface Segment {
  command?: string;
  from: number;
  lines: string[];
}

/**
 * What a line of a transcript opens: the command of a prompt or of a recorder's header, '' for more output of the command
 * before it (`stderr:`, `Output:`), undefined for a line of output. `first`: nothing stands above the line.
 */
export function opensSegment(line: string, first = false): string | undefined {
  const command = promptCommand(line) ?? viewCommand(line) ?? recorderCommand(line, first);
  if (command !== undefined) return command;
  return /^(?:stdout|stderr|output|result|observation|response):\s*$/i.test(line) ? '' : undefined;
}

/** The shells of a transcript: those in which a program was called that evidence comes from. */
function shellsOf(lines: readonly string[]): ReadonlySet<string> {
  const shells = lines.flatMap((line) => {
    const known = shellLine(line);
    return known !== undefined && promptCommand(line) !== undefined ? [known.shell] : [];
  });
  return new Set(shells);
}

/** Any other command in such a shell, '' for its prompt alone: what was printed before ends here. */
function otherCommand(lines: readonly string[], index: number, shells: ReadonlySet<string>): string | undefined {
  if (shells.size === 0) return undefined;
  const line = shellLine(lines[index] ?? '');
  // `yarn` prints the script that it runs behind the mark of a shell.
  return line === undefined || !shells.has(line.shell) || /^yarn run v/.test(lines[index - 1] ?? '')
    ? undefined
    : line.command;
}

/** A command as `set -x` shows it. What `diff` adds is indented, or a key of YAML. */
const TRACED = /^\++ [\w./~$'"[-]+(?: |$)/;

/** A fence of Markdown. */
export const FENCE = /^```\w{0,12}\s*$/;

/** Cuts a transcript at its prompts and headings of commands, recorder headers, fences and `stdout:`/`stderr:` marks. */
function segments(lines: readonly string[]): Segment[] {
  const found: Segment[] = [{ from: 1, lines: [] }];
  const open = (from: number, command: string | undefined) =>
    found.push(command === undefined ? { from, lines: [] } : { command, from, lines: [] });
  let [fenced, asked, traced] = [false, false, false];
  let log: ReturnType<typeof logBehindTable>;
  const shells = shellsOf(lines);
  for (const [index, line] of lines.entries()) {
    const current = found.at(-1) as Segment;
    // What stands after a closing fence is prose.
    if (FENCE.test(line)) {
      fenced = !fenced;
      open(index + 2, fenced ? current.command : undefined);
      continue;
    }
    if (opensStep(line)) {
      const asks = asksCluster(lines, index);
      log = asks ? logBehindTable(lines, index) : undefined;
      if (asks) open(index + 2, promptCommand(line));
      else if (asked) found.push({ from: index + 1, lines: [line] });
      else current.lines.push(line);
      asked = asks;
      continue;
    }
    if (log?.at === index) {
      found.push({ command: log.command, from: index + 1, lines: [line] });
      continue;
    }
    const opened =
      opensSegment(line, index === 0) ?? bareCommand(lines, index, (next) => kindAt(lines, next) !== undefined);
    const other = opened === undefined ? otherCommand(lines, index, shells) : undefined;
    // What a script printed before its next command ends there.
    if (traced && opened === undefined && other === undefined && TRACED.test(line)) {
      traced = false;
      found.push({ from: index + 1, lines: [line] });
      continue;
    }
    if (opened !== undefined || other !== undefined) traced = line.startsWith('+');
    if (other !== undefined) open(index + 2, other === '' ? undefined : other);
    else if (opened === undefined) current.lines.push(line);
    else open(index + 2, opened === '' ? current.command : opened);
  }
  const said = inCurrentNamespace(found, lines).filter((segment) => segment.lines.some((line) => line.trim() !== ''));
  return withoutStumbles(said);
}

/** Segments without those in which a command failed in a line and was then run again: that it stumbled is no evidence. */
function withoutStumbles(segments: readonly Segment[]): Segment[] {
  let next: string | undefined;
  return segments
    .toReversed()
    .filter(({ command, lines }) => {
      if (command === undefined) return true;
      const again = command === next;
      next = command;
      const said = again ? lines.filter((line) => line.trim() !== '') : [];
      return said.length !== 1 || !FAILED.test(said[0] ?? '');
    })
    .toReversed();
}

const OBJECT_START = /^(?:- )?(?:apiVersion|kind):\s/;
const DESCRIBE_KEY = /^[A-Z][A-Za-z ./-]*:(\s|$)/;

/** Whether a line begins what `kubectl describe` prints of an object. */
export function describeStarts(lines: readonly string[], index: number): boolean {
  // The API server's errors name an object in quotes.
  if (!/^Name:\s+[^\s"]/.test(lines[index] ?? '')) return false;
  // `Name: web | Status: Running`: a tool's own line for each of many.
  if (/^Name:\s+\S+ \| [A-Z][\w ]*:/.test(lines[index] ?? '')) return false;
  let keys = 0;
  for (let next = index + 1; next < Math.min(lines.length, index + 6); next++)
    if (DESCRIBE_KEY.test(lines[next] ?? '')) keys++;
  return keys > 0;
}

/** The events of a description whose head was cut off. */
function eventsStart(lines: readonly string[], index: number): boolean {
  // Rows alone, below nothing that they could be of.
  if ((lines[index - 1] ?? '').trim() === '' && isPodEvent(lines[index] ?? '')) return true;
  const titled = /^Events:\s*$/.test(lines[index] ?? '') && EVENT_HEADER.test(lines[index + 1] ?? '');
  return titled || (EVENT_HEADER.test(lines[index] ?? '') && !/^Events:/.test(lines[index - 1] ?? ''));
}

/** A member of a list of events, as a client prints its own structure of them. */
const OWN_EVENT = /^- InvolvedObject:\s*$/;

/** A part of an object, where its keys stand in an order of one's own. */
const OBJECT_PART = /^(?:metadata|spec|status|data|items|rules|subjects|roleRef|webhooks):\s*$/;

/** Whether YAML that begins with a part of an object has the rest of it: nothing but keys and what is indented, its version and kind among these. */
function partStarts(lines: readonly string[], index: number): boolean {
  if (!OBJECT_PART.test(lines[index] ?? '') || !/^(?:---.*|\s*)$/.test(lines[index - 1] ?? '')) return false;
  let [version, kind] = [false, false];
  for (const line of lines.slice(index, index + 5000)) {
    if (!/^(?:[A-Za-z]\w*:(?:\s|$)|\s+\S|- )/.test(line)) break;
    version ||= /^apiVersion:\s+\S/.test(line);
    kind ||= /^kind:\s+\S/.test(line);
  }
  return version && kind;
}

function objectStarts(lines: readonly string[], index: number): boolean {
  if (OWN_EVENT.test(lines[index] ?? '') || partStarts(lines, index)) return true;
  if (!OBJECT_START.test(lines[index] ?? '')) return false;
  for (let next = index; next < Math.min(lines.length, index + 60); next++)
    if (/^(?:- |\s{2})?kind:\s+\S/.test(lines[next] ?? '')) return true;
  // `data:` of a ConfigMap can be long and stands between apiVersion and kind
  return lines.slice(index, index + 5000).some((line) => /^(?:- |\s{2})?kind:\s+\S/.test(line));
}

function kindAt(lines: readonly string[], index: number): SourceKind | undefined {
  const line = lines[index] ?? '';
  if (describeStarts(lines, index) || eventsStart(lines, index)) return 'describe';
  if (objectStarts(lines, index) || isPrintedStart(line)) return 'object';
  if (/^[{[]\s*$/.test(line) || (line.includes('{"') && /^\s*\[?\{"(apiVersion|kind|items)":/.test(line)))
    return 'object';
  if (isTableHeader(line) || isPodRow(line) || drawnHeader(lines, index)) return 'table';
  return undefined;
}

/** Whether a command prints a log. */
export function isLogCommand(command: string | undefined): boolean {
  if (command === undefined) return false;
  const hints = readCommand(command);
  return (
    hints.verb === 'logs' ||
    /^(logcli|stern|journalctl)$/.test(hints.tool) ||
    /^(?:docker|podman|crictl)(?: \S+)*? logs\b|^aws logs tail\b/.test(command)
  );
}

function textKind(command: string | undefined, lines: readonly string[]): SourceKind {
  if (command !== undefined) {
    const { tool, verb } = readCommand(command);
    if (tool === 'kubectl' && verb === 'get') return 'table';
    if (tool === 'kube-lineage' || verb === 'lineage') return 'table';
    if (tool === 'kubectl' && verb !== '' && verb !== 'logs') return 'text';
    if (tool === READ_UP) return 'text';
    // A store of metrics that could not answer.
    if (tool === 'promtool' && /^\s*error\b/i.test(lines.find((line) => line.trim() !== '') ?? '')) return 'text';
    // What a request was answered with is nobody's log.
    if (/^(?:curl|wget|nc|ping|nslookup|dig|host|kubens|kubectx|kubie)$/.test(tool)) return 'text';
  }
  if (isDockerPs(lines)) return 'table';
  return lines.length > 0 ? 'log' : 'text';
}

function push(out: Section[], segment: Segment, kind: SourceKind, begin: number, end: number): void {
  let from = begin;
  let to = end;
  while (from < to && (segment.lines[from] ?? '').trim() === '') from++;
  while (to > from && (segment.lines[to - 1] ?? '').trim() === '') to--;
  if (kind === 'object') while (from < to && /^(---|\.\.\.)\s*$/.test(segment.lines[from] ?? '')) from++;
  if (kind === 'object') while (to > from && /^(---|\.\.\.|)\s*$/.test(segment.lines[to - 1] ?? '')) to--;
  if (from >= to) return;
  const lines = segment.lines.slice(from, to);
  out.push({
    kind,
    from: segment.from + from,
    lines,
    ...(segment.command === undefined || segment.command === '' ? {} : { command: segment.command }),
  });
}

const RESOLVER = /(?:^|\s)(?:nslookup|dig|host|getent)\s/;

/** Whether a command asks a resolver; `kubectl get host` asks for resources that are called so. */
function asksResolver(command: string): boolean {
  return RESOLVER.test(command) && !/^(?:get|describe)$/.test(readCommand(command).verb ?? '');
}

/** Whether the lines are a part of what `kubectl describe KIND NAME` prints, cut so that no heading is left. */
function isPieceOfDescription({ command, lines }: Segment): boolean {
  if (command === undefined || command === '')
    return !lines.some((line) => /^Name:/.test(line)) && isPodWithoutHead(lines);
  if (!/\|/.test(command)) return false;
  const { verb, kind, name } = readCommand(command);
  return (
    verb === 'describe' &&
    /^[A-Z]/.test(kind ?? '') &&
    name !== undefined &&
    !lines.some((line) => /^(?:Name|Error)\b/i.test(line))
  );
}

function sectionsOf(segment: Segment): Section[] {
  const { lines } = segment;
  const out: Section[] = [];
  if (isOnlyReaders(segment.command ?? '', lines)) {
    push(out, segment, 'text', 0, lines.length);
    return out;
  }
  if (isLogCommand(segment.command)) {
    push(out, segment, isOnlyError(lines) ? 'text' : 'log', 0, lines.length);
    return out;
  }
  // `Name:` and `Address:` of a resolver are no description.
  if (asksResolver(segment.command ?? '')) {
    push(out, segment, textKind(segment.command, lines), 0, lines.length);
    return out;
  }
  // Lines that `grep` or `sed` left of a description have no `Name:`; the command names the object.
  if (isPieceOfDescription(segment)) {
    push(out, segment, 'describe', 0, lines.length);
    return out;
  }
  let begin = 0;
  let open: SourceKind | undefined;
  const close = (end: number) =>
    push(out, segment, open ?? textKind(segment.command, lines.slice(begin, end)), begin, end);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const blank = line.trim() === '';
    if (open === 'table' && blank) {
      close(index);
      begin = index + 1;
      open = undefined;
      continue;
    }
    if ((open === 'object' || open === 'table') && /^---\s*$/.test(line)) {
      close(index);
      begin = index + 1;
      open = undefined;
      continue;
    }
    // A list item of `kubectl get -o yaml` is an item of its own; anything deeper belongs to the open object.
    if (open === 'object' && /^- /.test(lines[begin] ?? '') && /^[A-Za-z]/.test(line)) {
      // the list around the items ends here: `kind: List` and its metadata
      close(index);
      begin = index;
      open = undefined;
    }
    if (open === 'describe') {
      index = dataEnd(lines, index);
      if (index >= lines.length) break;
    }
    const starts = kindAt(lines, index);
    if (starts === undefined) continue;
    if (open === 'object' && (starts === 'table' || (starts === 'object' && !startsNewObject(lines, begin, index))))
      continue;
    if (open === 'describe' && starts === 'describe' && eventsStart(lines, index)) continue;
    if (open === 'table' && isPodRow(line)) continue;
    if (open === 'describe' && starts === 'table' && !/^(NAMESPACE|NAME)\s/.test(line)) continue;
    if (open === 'describe' && starts === 'table' && lines[index - 1]?.trim() !== '') continue;
    if (open === 'table' && starts === 'object' && !OBJECT_START.test(line)) continue;
    close(index);
    begin = index;
    open = starts;
    if (starts === 'object' && /^[{[]/.test(line) && !isPrintedStart(line)) {
      const end = jsonEnd(lines, index);
      const members = jsonMembers(lines, index, end);
      for (const [from, to] of members) push(out, segment, 'object', from, to);
      if (members.length === 0) close(end);
      begin = end;
      open = undefined;
      index = end - 1;
    }
  }
  close(lines.length);
  return out;
}

/** Within YAML, a new object begins at `- apiVersion:`/`- kind:`, or at a column-0 `apiVersion:` after a blank line. */
function startsNewObject(lines: readonly string[], begin: number, index: number): boolean {
  const line = lines[index] ?? '';
  if (/^- (apiVersion|kind):/.test(line) || isPrintedStart(line)) return true;
  if (!/^apiVersion:/.test(line)) return /^[{[]/.test(line) && lines[index - 1]?.trim() === '';
  return lines.slice(begin, index).some((before) => /^apiVersion:/.test(before));
}

/** Splits one file into sections, each a contiguous run of its lines. Any text gives an answer; none throws. */
export function split(text: string): Section[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const contexts = contextsOf(lines);
  if (contexts === undefined) return segments(lines).flatMap(sectionsOf);
  return segments(lines)
    .map(({ command, ...rest }) =>
      // The prompt stands above what was printed.
      command === undefined ? rest : { ...rest, command: inContext(command, contexts[rest.from - 2]) },
    )
    .flatMap(sectionsOf);
}
