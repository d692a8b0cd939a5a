import { type Json, text } from '../json.ts';
import { attachLogs } from './attach-logs.ts';
import { asksForAll, type CommandHints, ofKindAsked, readCommand } from './command.ts';
import { composedLines } from './composed.ts';
import { copiedPage } from './console/page.ts';
import { withNamesBeside } from './cut-off.ts';
import { cutShort } from './cut-short.ts';
import { kindOf } from './kinds.ts';
import { Listed } from './listed.ts';
import { alertsFromMeasures } from './measures.ts';
import { kindsAsSeen, mergeObjects } from './merge.ts';
import type { EvidenceItem, ObjectRef } from './model.ts';
import { once } from './once.ts';
import {
  isRolloutHead,
  isRolloutList,
  isRolloutTree,
  parseRolloutHead,
  parseRolloutList,
  parseRolloutStatus,
  parseRolloutTree,
} from './parse/argo-rollout.ts';
import { argoObjects } from './parse/argocd.ts';
import { containerOfLog, type NodeContainer, parseCrictlPs } from './parse/crictl.ts';
import { parseDescribe } from './parse/describe.ts';
import { isOwnTable, plainRows } from './parse/drawn.ts';
import { objectsElsewhere } from './parse/elsewhere.ts';
import { type EventRecord, eventOf, eventsIn, lineageEvents, parseEventTable } from './parse/events.ts';
import { exportedEvents } from './parse/exported-events.ts';
import { type AlertRecord, parseAlerts, parseLogcli, parseLoki } from './parse/exports.ts';
import { kubeState, samplesIn } from './parse/kube-state.ts';
import { type LogLine, parseLogLine } from './parse/log.ts';
import { loggedEvent } from './parse/logged-events.ts';
import { parseMembers } from './parse/members.ts';
import { parseObjects } from './parse/objects.ts';
import { pickedRows } from './parse/picked.ts';
import { lateRollout } from './parse/rollout-status.ts';
import { parseRows } from './parse/rows.ts';
import { stateLines } from './parse/state-lines.ts';
import { STERN } from './parse/stern.ts';
import { parsed } from './parse/stored-logs.ts';
import { SUMMARIZED, summarized } from './parse/summaries.ts';
import { isTableHeader } from './parse/table.ts';
import { toolStatus } from './parse/tool-status.ts';
import { spanLine, traceErrors } from './parse/traces.ts';
import { pieceOfYaml } from './parse/yaml-piece.ts';
import { PROGRAM } from './program-name.ts';
import { plainCommand } from './prompt.ts';
import { NO_ANSWER } from './reader-errors.ts';
import { rowsInJson } from './recorded-values.ts';
import { describedEvents, describedPod } from './records/described.ts';
import { eventsInRecords } from './records/events.ts';
import { objectsInRecords } from './records/objects.ts';
import { recordAlone, recordsIn } from './records/read.ts';
import { refOfObject } from './refs.ts';
import { withoutOvercome } from './rolled-out.ts';
import { bySource, KUBECTL, logcliLogs, lokiLog, looksLikeStern, storedLogs, streamPod } from './streams.ts';
import { withoutSuperseded } from './superseded.ts';

/** One sighting of an object: the item that shows it and, for a table, the line. */
export interface Sighting {
  readonly item: EvidenceItem;
  readonly index?: number;
  readonly object: Json;
  /** A row of a table shows little and loses against a describe or an API object. */
  readonly partial: boolean;
}

/** An object of the cluster with everything that the evidence says of it, merged. */
export interface SceneObject {
  readonly ref: ObjectRef;
  readonly object: Json;
  readonly sightings: readonly Sighting[];
}

export interface SceneEvent extends EventRecord {
  readonly item: EvidenceItem;
}

export interface SceneLog {
  readonly item: EvidenceItem;
  readonly pod?: ObjectRef;
  readonly previous: boolean;
  readonly lines: readonly LogLine[];
  /** The log of a build or CI job, not of a program. */
  readonly pipeline?: boolean;
}

export interface SceneAlert extends AlertRecord {
  readonly item: EvidenceItem;
}

/** A list that came back empty: `No resources found`. */
export interface Absence {
  readonly kind: string;
  readonly namespace?: string;
  readonly item: EvidenceItem;
}

/** All that the evidence shows, parsed: what analyzers read. */
export interface Scene {
  readonly items: readonly EvidenceItem[];
  readonly objects: readonly SceneObject[];
  readonly events: readonly SceneEvent[];
  readonly logs: readonly SceneLog[];
  readonly alerts: readonly SceneAlert[];
  readonly absences: readonly Absence[];
  readonly listed: Listed;
}

const NOTHING: ReadonlySet<number> = new Set();

class Builder {
  readonly sightings: Sighting[] = [];
  readonly events: SceneEvent[] = [];
  readonly logs: SceneLog[] = [];
  readonly alerts: SceneAlert[] = [];
  readonly absences: Absence[] = [];
  readonly listed = new Listed();
  private readonly containers: NodeContainer[] = [];
  /** Lines of the present item that were read as a page's. */
  private read: ReadonlySet<number> = NOTHING;
  /** The output that the last item was of, with how many documents of it were read. */
  private open: { command: string | undefined; source: string; documents: number } | undefined;

  see(item: EvidenceItem, object: Json, partial: boolean, index?: number): void {
    if (text(object.kind) === 'Event' && (object.involvedObject !== undefined || object.regarding !== undefined)) {
      this.events.push({ ...eventOf(object), item });
      return;
    }
    if (refOfObject(object) === undefined) return;
    this.sightings.push({ item, object, partial, ...(index === undefined ? {} : { index }) });
  }

  add(item: EvidenceItem): void {
    const rows = item.text.split('\n');
    const lines = /^(?:table|events)$/.test(item.source.kind) ? plainRows(rows) : rows;
    const hints = item.command === undefined ? undefined : readCommand(item.command);
    this.members(item);
    this.alerts.push(...alertsFromMeasures(item).map((alert) => ({ ...alert, item })));
    const told = parseRolloutStatus(lines, item.command) ?? lateRollout(lines, item.command);
    if (told !== undefined) this.see(item, told, true);
    const containers = hints?.tool === 'crictl' ? parseCrictlPs(lines) : [];
    for (const { object, index } of containers) this.see(item, object, true, index);
    this.containers.push(...containers);
    const shown = [
      ...objectsElsewhere(item, lines),
      ...toolStatus(rows),
      ...stateLines(rows, item.command ?? '', hints),
      ...pickedRows(item.text, item.command ?? ''),
    ];
    for (const { object, index } of shown) this.see(item, object, index !== undefined, index);
    const exported = exportedEvents(item.text);
    this.events.push(...exported.map((event) => ({ ...event, item })));
    if (exported.length > 0) return;
    const page = copiedPage(item);
    for (const { object, index } of page?.objects ?? []) this.see(item, object, true, index);
    this.events.push(...(page?.events ?? []).map((event) => ({ ...event, item })));
    this.alerts.push(...(page?.alerts ?? []).map((alert) => ({ ...alert, item })));
    this.read = page?.read ?? NOTHING;
    if (this.records(item, rows, hints)) return;
    this.described(item, rows, hints);
    switch (item.source.kind) {
      case 'describe': {
        const rollout = isRolloutHead(lines) ? parseRolloutHead(lines) : undefined;
        if (rollout !== undefined) {
          this.see(item, rollout, false);
          return;
        }
        const found = parseDescribe(lines, item.command);
        if (found === undefined) return;
        this.see(item, found.object, false);
        this.events.push(...found.events.map((event) => ({ ...event, item })));
        return;
      }
      case 'object':
        if (hints?.verb === 'get' && !SUMMARIZED.test(hints.kind ?? '') && this.rows(item, lines, hints)) return;
        for (const found of parseObjects(item.text).flatMap((one) => eventsIn(one, hints?.namespace, hints?.about))) {
          const object = ofKindAsked(found, hints);
          this.see(item, object, false);
          const short = summarized(object, hints);
          for (const row of short) this.see(item, row, true);
          // A member of a list of all of its kind.
          const kind = text(object.kind ?? short[0]?.kind);
          if (kind !== undefined && hints?.verb === 'get' && hints.kind === kind && showsAll(item))
            this.listed.add(kind, hints.namespace, hints.allNamespaces);
        }
        return;
      case 'events':
        this.events.push(...parseEventTable(lines, hints?.namespace).map((event) => ({ ...event, item })));
        return;
      case 'table':
        this.table(item, lines);
        return;
      case 'argocd':
        for (const { object, partial, index } of argoObjects(lines, item.command))
          this.see(item, object, partial, index);
        return;
      case 'alert':
        for (const value of [parsed(item.text)])
          this.alerts.push(...parseAlerts(value).map((alert) => ({ ...alert, item })));
        return;
      case 'log':
        this.log(item, lines);
        return;
      case 'text':
      case 'git':
        return;
    }
  }

  /** What a tool of one's own says of one object in a form of its own. */
  private described(item: EvidenceItem, lines: readonly string[], hints: CommandHints | undefined): void {
    if (hints?.verb !== 'describe' || /^(?:describe|argocd)$/.test(item.source.kind)) return;
    this.events.push(...describedEvents(lines, hints).map((event) => ({ ...event, item })));
    if (!SUMMARIZED.test(kindOf(hints.kind ?? '') ?? ''))
      for (const { object } of objectsInRecords(recordAlone(lines) ?? [], hints)) this.see(item, object, true);
    const pod = describedPod(lines, hints);
    if (pod !== undefined) this.see(item, pod, true);
  }

  /** Objects or events that a tool of one's own lists in a form that it made itself. Whether the text is such a list. */
  private records(item: EvidenceItem, lines: readonly string[], hints: CommandHints | undefined): boolean {
    if (item.command === undefined || !/^(?:object|table|events|log|text)$/.test(item.source.kind)) return false;
    const isGet = hints?.tool === 'kubectl' && hints.verb === 'get' && /^(?:wide)?$/.test(hints.output ?? '');
    if (!isGet && plainCommand(item.command) !== undefined) return false;
    if (isTableHeader(lines[0] ?? '') || /^.{0,400}?"?apiVersion"?:/s.test(item.text)) return false;
    if (isGet && isOwnTable(lines, item.command)) return false;
    const one = isGet && (item.source.kind === 'table' || !SUMMARIZED.test(hints.kind ?? ''));
    const alone = one ? recordAlone(lines) : undefined;
    const records = alone ?? recordsIn(lines);
    if (records === undefined) return false;
    const events = eventsInRecords(records, hints?.namespace, hints?.about);
    if (events !== undefined) {
      this.events.push(...events.map((event) => ({ ...event, item })));
      return true;
    }
    const found = objectsInRecords(records, hints);
    for (const { object, index } of found) this.see(item, object, true, alone === undefined ? index : undefined);
    const kinds = new Set(found.map(({ object }) => text(object.kind) ?? ''));
    if (isGet && hints.kind !== undefined && kinds.has(hints.kind) && showsAll(item))
      this.listed.add(hints.kind, hints.namespace, hints.allNamespaces);
    return found.length > 0;
  }

  /** Rows of a table that a tool gives as a list of objects. Whether the text is such a list. */
  private rows(item: EvidenceItem, lines: readonly string[], hints: CommandHints): boolean {
    const rows = rowsInJson(parsed(item.text), lines, hints);
    for (const { object, index } of rows) this.see(item, object, true, index < 0 ? undefined : index);
    const kind = text(rows[0]?.object.kind);
    if (kind !== undefined && showsAll(item)) this.listed.add(kind, hints.namespace, hints.allNamespaces);
    return rows.length > 0;
  }

  /** Documents of one output are items of their own. */
  private members(item: EvidenceItem): void {
    const { command, source } = item;
    const goesOn = this.open?.command === command && this.open?.source === source.name;
    const before = goesOn ? (this.open?.documents ?? 0) : 0;
    const found = command === undefined ? [] : parseMembers(item.text, command, before);
    // A value alone does not name its object: where each has a line of its own, that is cited.
    const lined = found.length === item.text.trimEnd().split('\n').length;
    for (const [index, object] of found.entries())
      if (object !== undefined) this.see(item, object, true, lined ? index : undefined);
    const piece = command === undefined ? undefined : pieceOfYaml(item.text.split('\n'), command);
    if (piece !== undefined) this.see(item, piece, true);
    this.open = { command, source: source.name, documents: before + found.length };
  }

  private table(item: EvidenceItem, lines: readonly string[]): void {
    // `kubectl top` says what something uses, and nothing of its state.
    if (/(?:CPU|MEMORY)\((?:cores|bytes|%)\)/.test(lines[0] ?? '')) return;
    const hints = item.command === undefined ? undefined : readCommand(item.command);
    if (/^No resources found/.test(lines[0] ?? '')) {
      const where = /in (\S+) namespace/.exec(lines[0] ?? '')?.[1] ?? hints?.namespace;
      const kind = hints?.kind === undefined ? undefined : (kindOf(hints.kind) ?? hints.kind);
      if (kind !== undefined) this.absences.push({ kind, item, ...(where === undefined ? {} : { namespace: where }) });
      // All of nothing, unless only some were asked for.
      if (kind !== undefined && showsAll(item))
        this.listed.add(kind, where, hints?.allNamespaces === true && where === undefined);
      return;
    }
    if (isRolloutTree(lines[0] ?? '')) {
      for (const { object, index } of parseRolloutTree(lines, hints)) this.see(item, object, true, index);
      return;
    }
    if (isRolloutList(lines[0] ?? '')) {
      for (const { object, index } of parseRolloutList(lines, hints)) this.see(item, object, true, index);
      return;
    }
    if (hints?.verb === 'lineage') this.events.push(...lineageEvents(lines).map((event) => ({ ...event, item })));
    if (hints?.kind === 'Event') {
      for (const [index, line] of lines.entries())
        this.told(parseLogLine(line, item.lines.from + index), item, hints.namespace);
      return;
    }
    const rows = parseRows(lines, hints);
    for (const { object, index } of rows) this.see(item, object, true, index);
    const kind = text(rows[0]?.object.kind);
    if (kind !== undefined && showsAll(item))
      this.listed.add(kind, hints?.namespace, hints?.allNamespaces === true || /^NAMESPACE\s/.test(lines[0] ?? ''));
  }

  private log(item: EvidenceItem, lines: readonly string[]): void {
    const hints = item.command === undefined ? undefined : readCommand(item.command);
    const json = /^\s*[{[]/.test(item.text) ? parsed(item.text) : undefined;
    const streams = parseLoki(json);
    if (streams.length > 0) {
      for (const { labels, lines: entries } of streams) this.keep(lokiLog(item, labels, entries), labels.namespace);
      return;
    }
    for (const { object, partial } of kubeState(json ?? samplesIn(lines))) this.see(item, object, partial);
    const traced = traceErrors(json);
    if (traced !== undefined) {
      for (const error of traced)
        this.logs.push({ item, previous: false, lines: [spanLine(item, error)], ...streamPod(error.labels) });
      return;
    }
    const stored = storedLogs(item, lines);
    if (stored.length > 0) {
      for (const log of stored) this.keep(log);
      return;
    }
    const queried = parseLogcli(lines);
    if (queried.length > 0) {
      for (const log of logcliLogs(item, lines, queried)) this.keep(log);
      return;
    }
    // What kubectl says of itself is no log.
    if (hints?.verb === 'logs' && lines.every((line) => line.trim() === '' || NO_ANSWER.test(line))) return;
    const id = containerOfLog(item.command);
    const pod =
      item.object ??
      (id === undefined
        ? undefined
        : this.containers.find((one) => one.id.startsWith(id) || id.startsWith(one.id))?.pod);
    if (pod !== undefined && pod.kind !== 'Pod' && !/^error:|^Error from server/.test(lines[0] ?? ''))
      this.see(item, { kind: pod.kind, metadata: { name: pod.name, namespace: pod.namespace } }, true);
    const read = lines.map((line, index) => parseLogLine(line, item.lines.from + index));
    const previous = hints?.previous ?? /previous|\bprev\b/.test(item.source.name);
    const stern = hints?.tool === 'stern' || (item.command === undefined && looksLikeStern(read));
    const prefixed = pod === undefined ? bySource(read, stern ? STERN : KUBECTL) : undefined;
    for (const [name, own] of prefixed ?? []) {
      const namespace = hints?.namespace;
      const ref = { kind: 'Pod', name, ...(namespace === undefined ? {} : { namespace }) };
      this.logs.push({ item, previous, lines: own, pod: ref });
    }
    if (prefixed !== undefined) return;
    const composed = pod === undefined ? composedLines(read, item.command) : undefined;
    for (const [name, own] of composed ?? [])
      this.logs.push({ item, previous, lines: own, ...(name === '' ? {} : { pod: { kind: PROGRAM, name } }) });
    if (composed !== undefined) return;
    this.keep({
      item,
      previous,
      lines: read,
      ...(pod === undefined ? {} : { pod }),
    });
  }

  /** Whether a line is an event that was written down in words of its own: then it is kept as one. */
  private told(line: LogLine, item: EvidenceItem, near: string | undefined): boolean {
    const event = loggedEvent(line);
    if (event === undefined) return false;
    const of = event.object;
    const object = of === undefined || near === undefined || of.kind === 'Node' ? of : { namespace: near, ...of };
    this.events.push({ ...event, ...(object === undefined ? {} : { object }), index: line.n - item.lines.from, item });
    return true;
  }

  /** A log, without the events of Kubernetes that an exporter wrote there: these are events. */
  private keep(log: SceneLog, space?: string): void {
    const command = log.item.command ?? '';
    const near = space ?? /\bnamespace="([a-z0-9-]+)"/.exec(command)?.[1] ?? readCommand(command).namespace;
    const own = log.lines.filter(({ n }) => !this.read.has(n - log.item.lines.from));
    const lines = own.filter((line) => !this.told(line, log.item, near));
    if (lines.length > 0 || log.lines.length === 0) this.logs.push({ ...log, lines });
  }
}

/** Whether a text lists all of a kind: it was asked for, and nothing of the answer was cut off. */
const showsAll = (item: EvidenceItem): boolean => asksForAll(item.command) && cutShort(item) === undefined;

/** Parses evidence into a scene. Pure, and total: an item that no parser understands is only text. */
export function buildScene(items: readonly EvidenceItem[]): Scene {
  const builder = new Builder();
  for (const item of items) builder.add(item);
  const { sightings, events } = withNamesBeside(builder.sightings, builder.events);
  const merged = mergeObjects(sightings);
  const scene: Scene = {
    items,
    objects: merged,
    events: once(kindsAsSeen(events, merged)),
    logs: builder.logs,
    alerts: builder.alerts,
    absences: builder.absences,
    listed: builder.listed,
  };
  return withoutOvercome(withoutSuperseded({ ...scene, logs: attachLogs(scene) }));
}
