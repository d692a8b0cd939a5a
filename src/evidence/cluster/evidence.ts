import { at, type Json, text } from '../../json.ts';
import { isClusterScoped } from '../../kubernetes/cluster-wide.ts';
import { get, logs } from '../commands/kubectl.ts';
import type { EvidenceFile, ObjectRef } from '../model.ts';
import type { ClusterReading } from './collect.ts';
import type { Log } from './logs.ts';
import { tablesOf } from './tables.ts';
import { isWell, ownerOf } from './unwell.ts';

/** Most characters of all evidence of a cluster: the run's record holds it beside what else was given. */
const MAX_CHARS = 4 * 1024 * 1024;
/** Pods of one owner that work and are shown as objects; the table names the others. */
const WELL_PODS = 2;

/** A text, or an object that becomes one once it is redacted. */
export interface ClusterEvidence {
  readonly name: string;
  readonly body: string | Json;
  readonly known: NonNullable<EvidenceFile['known']>;
}

function refOf(item: Json): ObjectRef {
  const kind = text(item.kind) ?? '';
  const namespace = text(at(item, 'metadata', 'namespace'));
  return {
    kind,
    name: text(at(item, 'metadata', 'name')) ?? '',
    ...(namespace === undefined || isClusterScoped(kind) ? {} : { namespace }),
  };
}

function ofObject(item: Json): ClusterEvidence {
  const ref = refOf(item);
  const command = get({ ...ref, apiVersion: text(item.apiVersion) }, '-o', 'json');
  return {
    name: `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`,
    body: item,
    known: { kind: 'object', ...(command === undefined ? {} : { command }), object: ref },
  };
}

function ofLog({ namespace, pod, container, previous, text: lines }: Log): ClusterEvidence {
  const ref = { kind: 'Pod', name: pod, namespace };
  const command = logs(ref, container, ...(previous ? ['--previous'] : []));
  return {
    name: `log ${namespace}/${pod} ${container}${previous ? ' (previous)' : ''}`,
    body: lines.replace(/\n$/, ''),
    known: {
      kind: 'log',
      ...(command === undefined ? {} : { command }),
      object: { ...ref, path: `containers.${container}` },
    },
  };
}

/** Objects in the order in which they are kept: what is not well, what stands around it, and last of many alike a few. */
function ordered(all: readonly Json[]): Json[] {
  const told = new Map<string, number>();
  const kept = all.filter((item) => {
    if (item.kind !== 'Pod' || !isWell(item) || at(item, 'metadata', 'ownerReferences') === undefined) return true;
    const count = (told.get(ownerOf(item)) ?? 0) + 1;
    told.set(ownerOf(item), count);
    return count <= WELL_PODS;
  });
  const rank = (item: Json): number => (!isWell(item) ? 0 : /^(Pod|Secret)$/.test(text(item.kind) ?? '') ? 2 : 1);
  return kept.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Makes evidence of a reading: tables, objects, logs and events, each under the command that shows it. Takes the most telling
 * first up to a limit, less what was given beside it (`given`, characters); what had no room is told. Pure.
 */
export function evidenceOf(
  reading: ClusterReading,
  given = 0,
): { readonly pieces: readonly ClusterEvidence[]; readonly notSeen: readonly string[] } {
  const objects = ordered(reading.objects);
  const groups: [string, ClusterEvidence[]][] = [
    [
      'tables',
      tablesOf(reading.lists, Date.parse(reading.time)).map(({ command, text: table }) => ({
        name: command,
        body: table,
        known: { kind: 'table', command },
      })),
    ],
    ['objects', objects.filter((item) => !isWell(item)).map(ofObject)],
    ['logs', reading.logs.map(ofLog)],
    ['events', reading.events.map(ofObject)],
    ['objects', objects.filter((item) => isWell(item)).map(ofObject)],
  ];
  const limit = Math.max(MAX_CHARS / 4, MAX_CHARS - given);
  const pieces: ClusterEvidence[] = [];
  const left = new Map<string, number>();
  let size = 0;
  for (const [what, group] of groups)
    for (const piece of group) {
      const length = typeof piece.body === 'string' ? piece.body.length : JSON.stringify(piece.body, null, 2).length;
      if (size + length > limit) left.set(what, (left.get(what) ?? 0) + 1);
      else {
        pieces.push(piece);
        size += length;
      }
    }
  const cut = [...left].map(([what, count]) => `${count} ${what} of the cluster had no room and were left out`);
  return { pieces, notSeen: [...reading.notSeen, ...cut] };
}
