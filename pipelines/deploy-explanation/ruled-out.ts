import type { Explanation, Finding } from './schema.ts';
import type { View } from './view.ts';

/** Causes that the evidence excludes, so that nobody looks there again. Said only where something was seen, never by silence. */
export function ruledOut(view: View, findings: readonly Finding[]): Explanation['ruledOut'] {
  const out = findings.flatMap((finding) => finding.rulesOut);
  const has = (pattern: RegExp) => findings.some((finding) => pattern.test(finding.kind));
  const pods = view.pods;
  if (pods.length > 0) {
    const started = pods.filter(
      (pod) =>
        pod.ready ||
        pod.containers.some((c) => c.running || c.restarts > 0 || c.last !== undefined || c.terminated !== undefined),
    );
    if (started.length === pods.length && !has(/^image|^registry/))
      out.push({ kind: 'image', why: 'every pod has started its container, so its image was pulled' });
    const placed = pods.filter(
      (pod) =>
        pod.source.object.spec !== undefined &&
        typeof (pod.source.object.spec as { nodeName?: unknown }).nodeName === 'string',
    );
    if (placed.length === pods.length && !has(/^scheduling|^node-selector|^insufficient|^taint/))
      out.push({ kind: 'scheduling', why: 'every pod is on a node' });
    const ends = pods
      .flatMap((pod) => pod.containers)
      .filter((c) => c.last !== undefined || c.terminated !== undefined);
    if (ends.length > 0 && !has(/^oom/))
      out.push({ kind: 'oom-killed', why: 'no container was killed for memory: none ended as OOMKilled' });
  }
  return [...new Map(out.map((entry) => [entry.kind, entry])).values()];
}
