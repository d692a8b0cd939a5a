import { type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { findObject } from '../../src/evidence/relations.ts';
import { at, objects, text } from '../../src/json.ts';
import type { Finding } from './schema.ts';
import type { View } from './view.ts';

/** Whether the node's own conditions say that its kubelet reports no more: then it tries nothing, whatever rows of pods show. */
function isSilent(view: View, node: ObjectRef): boolean {
  const conditions = objects(at(findObject(view.scene, node)?.object, 'status', 'conditions'));
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'Unknown');
}

/**
 * Whether a node is not ready because its network plugin does not come up: the plugin's pod there is tried again and again, so the kubelet
 * of the node works, and waits for the network.
 */
export function keepsNodeUnready(view: View, other: Finding, finding: Finding): boolean {
  if (other.kind !== 'network-plugin-down' || finding.kind !== 'node-not-ready' || isSilent(view, finding.object))
    return false;
  return view.pods.some(
    ({ ref, source, containers, rowStatus = '' }) =>
      other.involves.some((one) => sameObject(one, ref)) &&
      text(at(source.object, 'spec', 'nodeName')) === finding.object.name &&
      (/CrashLoopBackOff/.test(rowStatus) || containers.some(({ waiting }) => waiting?.reason === 'CrashLoopBackOff')),
  );
}
