import { at, type Json, text } from '../../json.ts';
import { couldHost } from '../placement.ts';
import { isWell, podIsWell } from './unwell.ts';

/** Nodes that work and are kept: why a pod finds no place, they tell together. */
const MAX_OTHERS = 50;

/**
 * Of the nodes those that can have to do with these pods: that host one which is not well, or are not well and host one; and while a pod
 * waits for a place, those that work, and those of the others that could take it. A node that fails elsewhere explains nothing
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
    return all || (hosts.has(name) && !well) || waiting.some((pod) => couldHost(item, pod));
  });
}
