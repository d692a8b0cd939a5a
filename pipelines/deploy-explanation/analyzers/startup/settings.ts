import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { usesOf, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, strings } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import type { LogHit } from './log-errors.ts';

/** Pod specs of a workload in the scene: its template's, and its pods'. */
export function specsOf(view: View, subject: ObjectRef): { ref: ObjectRef; spec: unknown; base: string }[] {
  const own = view.scene.objects.filter(({ ref }) => sameObject(ref, subject));
  const templates = own.flatMap(({ ref, object }) => {
    const template = at(object, 'spec', 'template', 'spec');
    return template === undefined ? [] : [{ ref, spec: template, base: 'spec.template.spec' }];
  });
  const pods = view.pods
    .filter((pod) => sameObject(workloadOf(view.scene, pod.ref), subject))
    .map((pod) => ({
      ref: subject,
      spec: at(pod.source.object, 'spec'),
      base: subject.kind === 'Pod' ? 'spec' : 'spec.template.spec',
    }));
  return [...templates, ...pods];
}

/**
 * Where a value (a host name, an address) that a log complains about is set: the environment of the workload, or a key of a
 * ConfigMap that the workload uses (any ConfigMap of the evidence where its use is not shown).
 */
export function settingOf(
  view: View,
  hit: LogHit,
  subject: ObjectRef | undefined,
  value: string,
): ObjectRef | undefined {
  if (value.length < 3 || subject === undefined) return undefined;
  const holds = (text: string) => text.toLowerCase().includes(value.toLowerCase());
  const used = new Set<string>();
  for (const { ref, spec, base } of specsOf(view, subject)) {
    for (const container of objects(at(spec, 'containers')))
      for (const entry of objects(container.env))
        if (typeof entry.value === 'string' && holds(entry.value))
          return { ...ref, path: `${base}.containers[${String(container.name)}].env.${String(entry.name)}` };
    for (const use of usesOf(spec)) if (use.kind === 'ConfigMap') used.add(use.name);
  }
  const maps = view.scene.objects.filter(
    ({ ref }) =>
      ref.kind === 'ConfigMap' &&
      (hit.pod === undefined ||
        ref.namespace === undefined ||
        hit.pod.ref.namespace === undefined ||
        ref.namespace === hit.pod.ref.namespace),
  );
  const ranked = [...maps].sort((a, b) => Number(used.has(b.ref.name)) - Number(used.has(a.ref.name)));
  for (const map of ranked) {
    const key = Object.entries(strings(map.object.data)).find(([, text]) => holds(text))?.[0];
    if (key !== undefined) return { ...map.ref, path: `data.${key}` };
  }
  return undefined;
}
