import { parseAllDocuments } from 'yaml';
import { collect } from '../../../../src/evidence/collect.ts';
import { buildScene } from '../../../../src/evidence/scene.ts';
import type { Change } from './case.ts';
import { inColumns, rewrite, type Table } from './layout.ts';
import { renamed } from './rename.ts';
import { texts } from './time.ts';

/** Tables whose header is such a one, with columns taken away, added or told otherwise. */
function columns(name: string, header: RegExp, change: (rows: Table['rows'], command: string) => readonly (readonly string[])[] | undefined): Change {
  return {
    name,
    apply: (given) =>
      texts(given, (text) =>
        rewrite(text, ({ rows, indent, from, to }, lines) => {
          const same = lines.slice(from, to);
          if (!header.test((rows[0] ?? []).join(' ')) || rows.length < 2) return same;
          const told = change(rows, lines[from - 1] ?? '');
          return told === undefined ? same : inColumns(told, indent);
        }),
      ),
  };
}

const withColumn = (rows: Table['rows'], at: number, head: string, cell: (row: readonly string[]) => string) =>
  rows.map((row, index) => row.toSpliced(at, 0, index === 0 ? head : cell(row)));

/** `kubectl get X -n NS` as `-A` shows it. */
const everywhere: Change = {
  name: 'all-namespaces',
  apply: (given) =>
    texts(given, (text) => {
      const spaces: string[] = [];
      const shown = rewrite(text, ({ rows, from, to }, lines) => {
        const same = lines.slice(from, to);
        const command = lines[from - 1] ?? '';
        const space = /^\$ (?:kubectl|k|oc) get (?:pods?|po|deploy\w*|events|svc|services?|sts|rs)(?= )[^|]* -n (\S+)[^|]*$/.exec(command)?.[1];
        if (space === undefined || / -o | -w|--watch/.test(command) || rows[0]?.[0] === 'NAMESPACE') return same;
        spaces.push(command);
        return inColumns(withColumn(rows, 0, 'NAMESPACE', () => space));
      });
      return spaces.reduce((all, command) => all.replace(`${command}\n`, `${command.replace(/ -n \S+/, ' -A')}\n`), shown);
    }),
};

/** YAML documents as `-o json` prints them. */
function asJson(text: string): string {
  if (!/^(?:---\n)?apiVersion:/.test(text)) return text;
  const documents = parseAllDocuments(text);
  if (documents.some(({ errors }) => errors.length > 0)) return text;
  const items = documents.map((one) => one.toJS() as unknown).filter((one) => one !== null);
  return `${JSON.stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }, null, 4)}\n`;
}

/** An Event of core/v1 as events.k8s.io/v1 shows it. */
function newEvents(text: string): string {
  if (!/^kind: Event$/m.test(text)) return text;
  return text
    .split(/^---\n/m)
    .map((part) => {
      if (!/^kind: Event$/m.test(part) || !/^apiVersion: v1$/m.test(part)) return part;
      return part
        .replace(/^apiVersion: v1$/m, 'apiVersion: events.k8s.io/v1')
        .replace(/^involvedObject:/m, 'regarding:')
        .replace(/^message:/m, 'note:')
        .replace(/^count:/m, 'deprecatedCount:')
        .replace(/^lastTimestamp:/m, 'deprecatedLastTimestamp:')
        .replace(/^firstTimestamp:/m, 'deprecatedFirstTimestamp:')
        .replace(/^source:/m, 'deprecatedSource:');
    })
    .join('---\n');
}

export const versions: readonly Change[] = [
  {
    name: 'pod-hashes',
    apply: (given, random) => {
      const scene = buildScene(collect(given.files).items);
      const map = new Map<string, string>();
      const sets = new Map<string, string>();
      const said = given.files.map(({ text }) => text).join('\n');
      for (const { ref } of scene.objects) {
        const parts = /^(.+)-([a-z0-9]{8,10})-([a-z0-9]{5})$/.exec(ref.name);
        if (ref.kind !== 'Pod' || parts === null || /^\d+$/.test(parts[2] ?? '')) continue;
        const [, base = '', hash = ''] = parts;
        // The hash may be a label, the name of an older set, or a word; a controller makes it of these letters.
        const other = sets.get(`${base}-${hash}`) ?? random.suffix(9 + random.below(2));
        sets.set(`${base}-${hash}`, other);
        map.set(hash, other);
        map.set(`${base}-${hash}`, `${base}-${other}`);
        map.set(ref.name, `${base}-${other}-${random.suffix(5)}`);
      }
      for (const name of map.keys()) if (!said.includes(name)) map.delete(name);
      return map.size === 0 ? undefined : renamed(given, map);
    },
  },
  columns('events-with-count', /^LAST SEEN TYPE REASON OBJECT MESSAGE$/, (rows) =>
    withColumn(
      withColumn(rows, 4, 'COUNT', (row) => /\(x(\d+)/.exec(row[0] ?? '')?.[1] ?? '1').map((row) => [
        (row[0] ?? '').replace(/ \(x.*$/, ''),
        ...row.slice(1),
      ]),
      4,
      'SOURCE',
      () => 'kubelet, worker-1',
    ),
  ),
  columns('events-wide', /^LAST SEEN TYPE REASON OBJECT MESSAGE$/, (rows) =>
    rows.map(([seen = '', type = '', reason = '', object = '', message = ''], index) =>
      index === 0
        ? ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'SUBOBJECT', 'SOURCE', 'MESSAGE', 'FIRST SEEN', 'COUNT', 'NAME']
        : [seen.replace(/ \(x.*$/, ''), type, reason, object, '', 'kubelet, worker-1', message, '1h', '4', `${object.split('/')[1]}.17f3a9c2b1d0e4f8`],
    ),
  ),
  columns('events-old', /^LAST SEEN TYPE REASON OBJECT MESSAGE$/, (rows) =>
    rows.map(([seen = '', type = '', reason = '', object = '', message = ''], index) =>
      index === 0
        ? ['LAST SEEN', 'FIRST SEEN', 'COUNT', 'NAME', 'KIND', 'SUBOBJECT', 'TYPE', 'REASON', 'SOURCE', 'MESSAGE']
        : [
            seen.replace(/ \(x.*$/, ''),
            '1h',
            '4',
            `${object.split('/')[1]}.17f3a9c2b1d0e4f8`,
            (object.split('/')[0] ?? '').replace(/^./, (first) => first.toUpperCase()).replace(/set$/, 'Set'),
            '',
            type,
            reason,
            'kubelet, worker-1',
            message,
          ],
    ),
  ),
  columns('describe-events-counted', /^Type Reason Age From Message$/, (rows) =>
    rows.map((row, index) => (index < 2 || /\(x/.test(row[2] ?? '') ? row : row.with(2, `${row[2]} (x5 over 31m)`))),
  ),
  columns('describe-events-bare', /^Type Reason Age From Message$/, (rows) => rows.map((row) => row.with(2, (row[2] ?? '').replace(/ \(x.*$/, '')))),
  columns('describe-events-uncounted-source', /^Type Reason Age From Message$/, (rows) =>
    rows.map((row, index) => (index < 2 || row[3] !== 'kubelet' ? row : row.with(3, 'kubelet, worker-7'))),
  ),
  columns('restarts-bare', /^(?:NAMESPACE )?NAME READY STATUS RESTARTS AGE/, (rows) => rows.map((row) => row.map((cell) => cell.replace(/^(\d+) \(\S+ ago\)$/, '$1')))),
  columns('pods-wide', /^(?:NAMESPACE )?NAME READY STATUS RESTARTS AGE$/, (rows) => {
    const wide = ['IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'];
    const at = rows[0]?.indexOf('STATUS') ?? 0;
    return rows.map((row, index) => [...row, ...(index === 0 ? wide : [`10.244.3.${index + 4}`, '<none>', '<none>', '<none>'])]);
  }),
  {
    name: 'no-headers',
    apply: (given) =>
      texts(given, (text) =>
        rewrite(text, ({ rows, from, to, indent }, lines) => {
          const command = /^\$ kubectl get (?:pods?|po|deploy\w*|svc|services?|nodes?|sts|rs)(?: -n \S+| -A| --no-headers)*$/.test(lines[from - 1] ?? '');
          return command && indent === '' && rows.length > 1 ? lines.slice(from + 1, to) : lines.slice(from, to);
        }),
      ),
  },
  everywhere,
  { name: 'yaml-as-json', apply: (given) => texts(given, asJson) },
  { name: 'events-k8s-io', apply: (given) => texts(given, newEvents) },
  {
    name: 'kind-prefixed-names',
    apply: (given) =>
      texts(given, (text) =>
        rewrite(text, ({ rows, from, to, indent }, lines) => {
          const pods = /^NAME READY STATUS RESTARTS AGE/.test((rows[0] ?? []).join(' ')) && !(rows[1]?.[0] ?? '/').includes('/');
          return pods ? inColumns(rows.map((row, index) => (index === 0 ? row : [`pod/${row[0]}`, ...row.slice(1)])), indent) : lines.slice(from, to);
        }),
      ),
  },
];
