import { addressedIn, calleesIn } from '../../src/evidence/calls.ts';
import type { ObjectRef } from '../../src/evidence/model.ts';
import { subjectOf } from './analyzers/startup/log-errors.ts';
import type { View } from './view.ts';

/** A chain of calls that is longer than this is no longer followed. */
const FAR = 4;
/** Only the newest lines of a log tell whom its program waits for now. */
const NEWEST = 60;
/** So much of a line may name them. */
const LONGEST = 4000;

/** Whom the log of a program warns of, or tells errors of, by their addresses; by the program's name and namespace. */
function complaints(view: View): Map<string, { readonly of: ObjectRef; readonly hosts: ReadonlySet<string> }> {
  const found = new Map<string, { of: ObjectRef; hosts: Set<string> }>();
  for (const log of view.scene.logs) {
    const of = log.pipeline === true || log.previous ? undefined : subjectOf(view, log);
    if (of === undefined) continue;
    const lines = log.lines.slice(-NEWEST).filter(({ level }) => /^(?:warning|error|fatal)$/.test(level ?? ''));
    const hosts = addressedIn(lines.map(({ text }) => text).join('\n'));
    for (const name of calleesIn(lines.map(({ raw }) => raw.slice(0, LONGEST)).join('\n'))) hosts.add(name);
    hosts.delete(of.name);
    found.set(`${of.namespace ?? ''}/${of.name}`, { of, hosts });
  }
  return found;
}

const KNOWN = new WeakMap<View, ReturnType<typeof complaints>>();

/**
 * Whom those that are called complain of in their turn: a program that waits for `address`, whose own log warns of `geocode`, waits for
 * geocode. `from` is the namespace of the caller; without the callees themselves.
 */
export function calledOnward(view: View, callees: Iterable<string>, from: string | undefined): Set<string> {
  const known = KNOWN.get(view) ?? complaints(view);
  KNOWN.set(view, known);
  const first = new Set(callees);
  const onward = new Set<string>();
  let edge = [...first];
  for (let step = 0; step < FAR && edge.length > 0; step++) {
    edge = edge
      .flatMap((name) => [...(known.get(`${from ?? ''}/${name}`)?.hosts ?? [])])
      .filter((name) => !first.has(name) && !onward.has(name));
    for (const name of edge) onward.add(name);
  }
  return onward;
}
