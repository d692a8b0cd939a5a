import { citeLines } from '../../../../src/evidence/cite.ts';
import type { Citation, EvidenceItem, ObjectRef } from '../../../../src/evidence/model.ts';
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
  /** The node on which it was asked, where the command or the journal below names it. */
  readonly node?: ObjectRef;
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

/** Units of a node as a tool sums them up, a line or member for each: where one runs, a word alone is told of the others, too. */
function summedUp(view: View, item: EvidenceItem): StoppedUnit[] {
  const lines = item.text.split('\n');
  const told = lines.flatMap((line, index) => {
    const [, unit, state, rest] = SHORT.exec(line) ?? [];
    return unit === undefined || state === undefined ? [] : [{ unit, state, rest: rest ?? '', index }];
  });
  const asked = /systemctl|service|unit/i.test(item.command ?? '');
  if (!asked && !told.some(({ state }) => state === 'active')) return [];
  const node = nodeAsked(view, item) ?? nodeSaid(view, lines);
  return told
    .filter(({ state }) => /^(?:inactive|failed)$/.test(state))
    .map(({ unit, state, rest, index }) => ({
      unit,
      state: `${state}${rest}`.trim(),
      disabled: false,
      ...(node === undefined ? {} : { node }),
      citations: [citeLines(item, index)],
    }));
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
      return [
        {
          unit: unit.name,
          state: `${state[1]}${(state[2] ?? '').slice(0, 80)}`.trim(),
          disabled: lines.slice(unit.index, index).some((one) => DISABLED.test(one)),
          ...(node === undefined ? {} : { node }),
          citations: [citeLines(item, unit.index), citeLines(item, index)],
        },
      ];
    });
  });
}
