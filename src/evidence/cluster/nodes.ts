import { at, type Json, objects, text } from '../json.ts';
import { asksForLabels, fitsLabels } from '../placement.ts';
import { isWell, podIsWell } from './unwell.ts';

/** Nodes that work and are kept: why a pod finds no place, they tell together. */
const MAX_OTHERS = 50;

/**
 * Of the nodes those that can have to do with these pods: that host one which is not well, or are not well and host one; and while a pod
 * waits for a place, those that work, and those of the others that it would be put on. A node that fails elsewhere explains nothing
 * here. With `all`, also every node that is not well. Everything that is no node stays.
 */
export function nodesThatTell(wide: readonly Json[], pods: readonly Json[], all: boolean): Json[] {
  const hosts = new Set(pods.map((pod) => text(at(pod, 'spec', 'nodeName'))));
  const troubled = new Set(pods.filter((pod) => !podIsWell(pod)).map((pod) => text(at(pod, 'spec', 'nodeName'))));
  const waiting = pods.filter((pod) => at(pod, 'status', 'phase') === 'Pending' && !text(at(pod, 'spec', 'nodeName')));
  let others = 0;
  return wide.filter((item) => {
    if (item.kind !== 'Node') return true;
    const name = text(at(item, 'metadata', 'name'));
    if (troubled.has(name)) return true;
    const well = isWell(item);
    if (well && at(item, 'spec', 'unschedulable') !== true) return waiting.length > 0 && others++ < MAX_OTHERS;
    return all || (hosts.has(name) && !well) || waiting.some((pod) => isMissed(item, pod));
  });
}

/** What the scheduler says of nodes that are closed, and of those that keep pods away because they are not well. */
const CLOSED = /unschedulable/;
const TAINTED = /untolerated taint/;

/**
 * Whether a pod would be put on a node that is closed or not well. The scheduler counts such nodes without their names, so the pod
 * must ask for nodes of its kind, or most of all nodes must be so.
 */
function isMissed(node: Json, pod: Json): boolean {
  const said = objects(at(pod, 'status', 'conditions')).map(({ message }) => text(message) ?? '');
  const [, total = '0', why = ''] = /0\/(\d+) nodes are available: (.*?)(?:\. |$)/.exec(said.join('\n')) ?? [];
  const wanted = at(node, 'spec', 'unschedulable') === true ? CLOSED : TAINTED;
  const counts = [...why.matchAll(/(\d+) ([^,]+)/g)].filter(([, , words]) => wanted.test(words ?? ''));
  const count = counts.reduce((sum, [, each]) => sum + Number(each), 0);
  if (count === 0) return false;
  return asksForLabels(pod) ? fitsLabels(node, pod) : count * 2 > Number(total);
}
