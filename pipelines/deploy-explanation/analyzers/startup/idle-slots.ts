import { citeLines } from '../../../../src/evidence/cite.ts';
import type { EvidenceItem } from '../../../../src/evidence/model.ts';
import { boxedRecords, columnName } from '../../../../src/evidence/records/columns.ts';
import { text } from '../../../../src/json.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { whoAnswered } from './ran-in.ts';

const MAX_CHARS = 256 * 1024;
/** Bytes of log that a slot without a reader keeps: less is what a reader that was restarted catches up with. */
const MUCH = 1e9;
const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, bytes: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };
const SIZE = /^(?:.*_)?(?:retained|lag|behind|size|kept|delta|diff|bytes)(?:_.*)?$/;
const NO = /^(?:f|false|no|off|0)$/i;
/** The columns of `pg_replication_slots`. https://www.postgresql.org/docs/current/view-pg-replication-slots.html */
const LOST = /^(?:lost|unreserved)$/;

interface Slot {
  readonly item: EvidenceItem;
  readonly name: string;
  readonly kept?: string;
  readonly since?: string;
  readonly lost: boolean;
  readonly index: number;
}

/** `31 GB`, `31GiB`, `33285996544`, in bytes. */
function bytes(said: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b|bytes)?$/i.exec(said.trim()) ?? [];
  return digits === '' ? 0 : Number(digits) * (UNITS[unit.toLowerCase().replace('i', '')] ?? 0);
}

/** Replication slots that nobody reads and that keep much of the log for who once did, or have lost what they kept. */
function idleSlots(item: EvidenceItem): Slot[] {
  if (item.text.length > MAX_CHARS || !/\bslot_name\b/.test(item.text)) return [];
  return boxedRecords(item.text.split('\n')).flatMap(({ fields, index }): Slot[] => {
    const cells = new Map(Object.entries(fields).map(([key, value]) => [columnName(key), text(value)?.trim() ?? '']));
    const name = cells.get('slot_name') ?? '';
    if (name === '' || !NO.test(cells.get('active') ?? '')) return [];
    const kept = [...cells].find(([key, value]) => SIZE.test(key) && bytes(value) >= MUCH)?.[1];
    const lost = LOST.test(cells.get('wal_status') ?? '');
    const since = cells.get('inactive_since') || undefined;
    return kept === undefined && !lost
      ? []
      : [
          {
            item,
            name,
            lost,
            index,
            ...(kept === undefined ? {} : { kept }),
            ...(since === undefined ? {} : { since }),
          },
        ];
  });
}

/** Databases that were asked for their replication slots, and have one whose reader is gone. */
export const abandonedSlots = (view: View): Draft[] =>
  view.scene.items.flatMap(idleSlots).map(({ item, name, kept, since, lost, index }): Draft => {
    const object = whoAnswered(view, item);
    const who = object.kind === 'Output' ? 'The database' : named(object);
    const told = lost
      ? 'and what it still had to read is no longer kept'
      : `so that ${who === 'The database' ? 'it' : 'the database'} keeps ${kept} of its log for it`;
    return {
      object,
      aspect: lost ? 'removed' : 'stopped',
      summary: `${who}: nobody reads replication slot \`${name}\`${since === undefined ? '' : ` since ${since}`}, ${told}; who read it does not follow any more`,
      confidence: 0.86,
      severity: 'degraded',
      citations: [citeLines(item, index)],
      remedies: [
        look(`See whether the consumer of slot ${name} runs, and what its log says`),
        change(
          `Start the consumer again; where it is gone for good, drop slot ${name} before the disk fills up`,
          'medium',
        ),
      ],
    };
  });
