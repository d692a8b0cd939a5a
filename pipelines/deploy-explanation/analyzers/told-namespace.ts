import { readCommand } from '../../../src/evidence/command.ts';
import { WORKLOADS } from '../../../src/evidence/kinds.ts';
import type { Message } from '../../../src/evidence/messages.ts';
import type { ObjectRef } from '../../../src/evidence/model.ts';
import type { View } from '../view.ts';

/** Kinds beside the workloads of which every object is in a namespace. */
const NAMESPACED =
  /^(?:Pod|Service|Ingress|ConfigMap|Secret|PersistentVolumeClaim|ServiceAccount|Role|RoleBinding|NetworkPolicy|HorizontalPodAutoscaler|PodDisruptionBudget|ResourceQuota|LimitRange)$/;
/** A command that changes a cluster, or waits for a change, wherever in a line it stands: behind a prompt, a step's mark, the end of a pipe. */
const APPLIES =
  /(?:^|[\s;&|(])((?:kubectl|oc)\s(?:[^\n]*\s)?(?:apply|create|replace|patch|set|scale|edit|rollout)\s[^\n]*|helm\s(?:[^\n]*\s)?(?:install|upgrade|rollback)\s[^\n]*)/;
/** A command stands no further above what it printed. */
const ABOVE = 200;

/** The namespace that the command above a message names. */
function ofCommand(message: Message): string | undefined {
  const { item } = message;
  const own = APPLIES.exec(item.command ?? '')?.[1];
  if (own !== undefined) return readCommand(own).namespace;
  const line = message.cite()?.lines?.from;
  if (line === undefined) return undefined;
  const index = line - item.lines.from;
  const above = item.text.split('\n').slice(Math.max(0, index - ABOVE), index);
  const command = above.findLast((one) => one.length < 2000 && APPLIES.test(one));
  return command === undefined ? undefined : readCommand(APPLIES.exec(command)?.[1] ?? '').namespace;
}

/** Where the one object of this kind and name is that the evidence shows. */
function whereSeen({ kind, name }: ObjectRef, view: View): string | undefined {
  const spaces = new Set(
    view.scene.objects.flatMap(({ ref }) =>
      ref.kind === kind && ref.name === name && ref.namespace !== undefined ? [ref.namespace] : [],
    ),
  );
  return spaces.size === 1 ? [...spaces][0] : undefined;
}

/** An object that a tool's message names without its namespace, with the one that the command above, or the evidence, tells. */
export function placed(ref: ObjectRef, message: Message, view: View): ObjectRef {
  if (ref.namespace !== undefined || !(WORKLOADS.includes(ref.kind) || NAMESPACED.test(ref.kind))) return ref;
  const namespace = ofCommand(message) ?? whereSeen(ref, view);
  return namespace === undefined ? ref : { ...ref, namespace };
}
