import { citeLines } from '../../../../src/evidence/cite.ts';
import type { Citation, EvidenceItem, ObjectRef } from '../../../../src/evidence/model.ts';
import { under } from '../../../../src/evidence/records/fields.ts';
import { membersAlone, recordsIn } from '../../../../src/evidence/records/read.ts';
import { at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';

const UNIT = /^\s*[●○×*]?\s*([\w@-]+)\.service - /;
const STATE = /^\s*Active: (inactive|failed|activating|deactivating)\b(.*)/;
const DISABLED = /^\s*Loaded: .*\.service; disabled;/;
/** `Oct 14 09:25:22 worker-2 systemd[1]: …`: a line of the journal names its machine. */
const JOURNAL = /^\s*\w{3} +\d+ [\d:]{8} (\S+) systemd\[\d+\]: /m;

/** A unit that `systemctl status` shows as not running. */
export interface StoppedUnit {
  readonly unit: string;
  readonly state: string;
  /** Nobody wants it to start with the machine. */
  readonly disabled: boolean;
  /** What its own process said last of its end, in the journal below. */
  readonly said?: string;
  /** The node on which it was asked, where the command or the journal below names it. */
  readonly node?: ObjectRef;
  /** What its machine is called, where the journal says so. */
  readonly host?: string;
  readonly citations: (Citation | undefined)[];
}

/** The node of the scene whose name (whole, or up to its first dot) or address stands in a command or a journal. */
export function nodeAsked(view: View, item: EvidenceItem): ObjectRef | undefined {
  const words = new Set([
    ...(item.command ?? '').split(/[\s@=:/'"]+/),
    ...[JOURNAL.exec(item.text)?.[1]].flatMap((host) => host ?? []),
  ]);
  return view.scene.objects.find(
    ({ ref, object }) =>
      ref.kind === 'Node' &&
      (words.has(ref.name) ||
        words.has(ref.name.split('.')[0] ?? ref.name) ||
        addressesOf(object).some((address) => words.has(address))),
  )?.ref;
}

/** What a node answers at. */
export function addressesOf(node: unknown): string[] {
  return objects(at(node, 'status', 'addresses')).flatMap(({ address }) => text(address) ?? []);
}

/** `kubelet: inactive`, `"containerd": "failed (Result: exit-code)"`: a unit and one of systemd's words for how it is. */
const SHORT =
  /^\s*"?([a-z][\w@-]*?)(?:\.service)?"?\s*[:=]\s*"?(active|inactive|failed|activating|deactivating)\b([^",]{0,80})"?,?\s*$/;

/** The node that a line or member of the answer names. */
function nodeSaid(view: View, lines: readonly string[]): ObjectRef | undefined {
  const names = lines.flatMap(
    (line) => /^\s*"?(?:node|host|hostname|node_?name)"?\s*[:=]\s*"?([\w.-]+)/i.exec(line)?.[1] ?? [],
  );
  return view.scene.objects.find(({ ref }) => ref.kind === 'Node' && names.includes(ref.name))?.ref;
}

interface Told {
  readonly unit: string;
  readonly state: string;
  readonly index: number;
  /** The node of whose name the unit stands under or beside. */
  readonly under?: string;
}

/** Names under which the state of a unit stands, not units. */
const OF_STATE = /^(?:active|is_?active|(?:active_?|unit_?|load_?|sub_?)?(?:state|status))$/i;
const MEMBER = /^(\s*)"?([\w.@-]+)"?\s*:\s*\{\s*$/;
const ACTIVE_STATE = /^(\s*)"?(?:Active_?State|active_?state|state|status)"?\s*:\s*"(inactive|failed|active)"/;
/** `worker-1: kubelet=active, containerd=inactive` */
const IN_ONE_LINE = /^\s*(?:[-*•] )?([\w.-]+)\s*(?::|\||->)\s+((?:[a-z][\w.@-]*[=:] ?[a-z]+(?:[,;|]\s*|$))+)$/;

/** Units under the members that hold them: of a node (`"worker-1": {"kubelet": "active"}`), or each with what systemd shows of it. */
function toldIn(lines: readonly string[]): Told[] {
  const open: { indent: number; key: string }[] = [];
  return lines.flatMap((line, index): Told[] => {
    const [, indent, key] = MEMBER.exec(line) ?? [];
    const depth = /^\s*/.exec(line)?.[0].length ?? 0;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= depth) open.pop();
    if (indent !== undefined && key !== undefined) {
      open.push({ indent: depth, key });
      return [];
    }
    const [own, above] = [open.at(-1)?.key, open.at(-2)?.key];
    const [, , shown] = ACTIVE_STATE.exec(line) ?? [];
    if (shown !== undefined && own !== undefined)
      return [{ unit: own, state: shown, index, ...(above === undefined ? {} : { under: above }) }];
    const [, unit, state, rest = ''] = SHORT.exec(line) ?? [];
    if (unit !== undefined && state !== undefined && !OF_STATE.test(unit))
      return [{ unit, state: `${state}${rest}`.trim(), index, ...(own === undefined ? {} : { under: own }) }];
    const [, under, units = ''] = IN_ONE_LINE.exec(line.slice(0, 1000)) ?? [];
    if (under === undefined) return [];
    return units.split(/[,;|]\s*/).flatMap((pair) => {
      const [name = '', how = ''] = pair.split(/[=:] ?/);
      return /^(?:active|inactive|failed)$/.test(how) ? [{ unit: name, state: how, index, under }] : [];
    });
  });
}

/** Rows of a node, a unit and its state each. */
function toldInRows(lines: readonly string[]): Told[] {
  const alone = membersAlone(lines);
  return (recordsIn(lines) ?? (alone === undefined ? [] : [alone])).flatMap(({ fields, index }): Told[] => {
    const unit = text(under(fields, /^(?:service|unit|component|daemon)(?: name)?$/))?.replace(/\.service$/, '');
    const state = text(under(fields, /^(?:(?:active )?(?:state|status)|active)$/));
    const node = text(under(fields, /^(?:node|host|machine|instance)(?: name)?$/));
    if (unit === undefined || node === undefined || !/^(?:active|inactive|failed)\b/.test(state ?? '')) return [];
    return [{ unit, state: state ?? '', index, under: node }];
  });
}

/** Units of a node as a tool sums them up, a line or member for each: where one runs, a word alone is told of the others, too. */
function summedUp(view: View, item: EvidenceItem): StoppedUnit[] {
  const asked = /systemctl|service|unit/i.test(item.command ?? '');
  if (!asked && !/\bactive\b/.test(item.text)) return [];
  const lines = item.text.split('\n');
  const inLines = toldIn(lines);
  const told = inLines.length > 0 ? inLines : toldInRows(lines);
  if (!asked && !told.some(({ state }) => state === 'active')) return [];
  const named = (name: string | undefined) =>
    view.scene.objects.find(({ ref }) => ref.kind === 'Node' && (ref.name === name || ref.name.split('.')[0] === name))
      ?.ref;
  const common = nodeAsked(view, item) ?? nodeSaid(view, lines);
  return told
    .filter(({ state }) => /^(?:inactive|failed)\b/.test(state))
    .map(({ unit, state, index, under: above }) => {
      const node = named(above) ?? common;
      return {
        unit,
        state,
        disabled: false,
        ...(node === undefined ? {} : { node }),
        citations: [citeLines(item, index)],
      };
    });
}

/** What a process says when it ends badly. */
const ENDS =
  /\b(?:error|err|fail(?:ed|ure)?|fatal|panic|cannot|could not|unable|no such|denied|invalid|unexpected|refused)\b/i;
const SAID = 200;

/** The last line of the unit's own process in the journal that `systemctl status` shows below its state, that tells of its end. */
function lastWord(lines: readonly string[], from: number, unit: string): { said: string; index: number } | undefined {
  const end = lines.findIndex((line, index) => index > from && UNIT.test(line));
  const own = lines.slice(from, end < 0 ? lines.length : end).flatMap((line, offset) => {
    const [, process = '', said = ''] = /^\s*\w{3} +\d+ [\d:]{8} \S+ ([\w.@-]+)\[\d+\]: (.+)$/.exec(line) ?? [];
    return process !== '' && unit.startsWith(process) && ENDS.test(said) ? [{ said, index: from + offset }] : [];
  });
  const last = own.at(-1);
  return last === undefined ? undefined : { ...last, said: last.said.trim().slice(0, SAID) };
}

/** The machine in whose journal, in the same file, the unit's own process speaks. */
function hostOf(view: View, { source }: EvidenceItem, unit: string): string | undefined {
  const own = view.scene.items.filter((one) => one.source.name === source.name);
  const hosts = own.flatMap(({ text: told }) =>
    told.split('\n').flatMap((line) => {
      const [, host = '', process = ''] = /^\s*\w{3} +\d+ [\d:]{8} (\S+) ([\w.@-]+)\[\d+\]: /.exec(line) ?? [];
      return process !== '' && unit === process ? [host] : [];
    }),
  );
  const [host, ...others] = new Set(hosts);
  return others.length > 0 ? undefined : host;
}

/** Units that `systemctl status`, or a tool that sums it up, shows as not running, with the lines that say so. */
export function stoppedUnits(view: View): StoppedUnit[] {
  return view.scene.items.flatMap((item) => {
    if (!/\bActive: /.test(item.text)) return /\b(?:inactive|failed)\b/.test(item.text) ? summedUp(view, item) : [];
    const lines = item.text.split('\n');
    let unit: { name: string; index: number } | undefined;
    return lines.flatMap((line, index): StoppedUnit[] => {
      const name = UNIT.exec(line)?.[1];
      if (name !== undefined) unit = { name, index };
      const state = STATE.exec(line);
      if (state === null || unit === undefined) return [];
      const node = nodeAsked(view, item);
      const word = lastWord(lines, index, unit.name);
      const host = hostOf(view, item, unit.name);
      return [
        {
          unit: unit.name,
          state: `${state[1]}${(state[2] ?? '').slice(0, 80)}`.trim(),
          disabled: lines.slice(unit.index, index).some((one) => DISABLED.test(one)),
          ...(word === undefined ? {} : { said: word.said }),
          ...(node === undefined ? {} : { node }),
          ...(host === undefined ? {} : { host }),
          citations: [
            citeLines(item, unit.index),
            citeLines(item, index),
            word === undefined ? undefined : citeLines(item, word.index),
          ],
        },
      ];
    });
  });
}
