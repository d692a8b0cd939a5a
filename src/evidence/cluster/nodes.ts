import { at, type Json, text } from '../json.ts';
import { isWell, podIsWell } from './unwell.ts';

/** Nodes that are kept although nothing is said of them: why a pod finds no place, they tell together. */
const MAX_OTHERS = 50;

/** Of the nodes those that are not well, those where pods are that are not well, and some others; everything that is no node. */
export function nodesThatTell(objects: readonly Json[], pods: readonly Json[]): Json[] {
  const hosts = new Set(pods.filter((pod) => !podIsWell(pod)).map((pod) => text(at(pod, 'spec', 'nodeName'))));
  let others = 0;
  return objects.filter((item) => {
    if (item.kind !== 'Node') return true;
    const taken = !isWell(item) || at(item, 'spec', 'unschedulable') === true;
    return taken || hosts.has(text(at(item, 'metadata', 'name'))) || others++ < MAX_OTHERS;
  });
}
