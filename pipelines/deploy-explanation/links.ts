import { neighbourhood } from '../../src/evidence/relations.ts';
import { analyzers } from './analyzers/index.ts';
import type { Finding } from './schema.ts';
import type { View } from './view.ts';

const DEPTHS = new Map(analyzers.map((analyzer) => [analyzer.kind, analyzer.depth]));

export function depthOf(kind: string): number {
  return DEPTHS.get(kind) ?? 100;
}

/** Names in a summary's backticks and the object's own: a log that cannot reach `redis` points at Service `redis`. */
function mentions(finding: Finding): Set<string> {
  const words = [...finding.summary.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? '').split(/[.:]/)[0] ?? '');
  return new Set(words.filter((word) => word.length > 2));
}

/** Whether a build that failed was to make the image that cannot be pulled: the citations of the pull name it. */
function leavesNoImage(build: Finding, pull: Finding): boolean {
  if (build.stage !== 'build' || !/^image-/.test(pull.kind)) return false;
  const said = pull.citations.map(({ quote }) => quote).join('\n');
  return build.involves.some(({ kind, name }) => kind === 'Image' && standsIn(name, said));
}

function standsIn(image: string, text: string): boolean {
  for (let at = text.indexOf(image); at !== -1; at = text.indexOf(image, at + 1))
    if (!/[\w.-]/.test(text[at + image.length] ?? ' ') && !/[\w.-]/.test(text[at - 1] ?? ' ')) return true;
  return false;
}

/**
 * Marks findings that others explain. Of two findings whose objects touch, the one of smaller depth is the cause; a
 * connection error of one workload is explained by whatever keeps the Service from working that it names.
 */
export function linkSymptoms(view: View, findings: readonly Finding[]): Finding[] {
  const near = findings.map((finding) => neighbourhood(view.scene, view.pods, [finding.object, ...finding.involves]));
  const touches = (a: number, b: number) => [...(near[a] ?? [])].some((key) => near[b]?.has(key));
  return findings.map((finding, index) => {
    const called = /^(cannot-connect|dns-failure)$/.test(finding.kind) ? mentions(finding) : new Set<string>();
    const causes = findings.filter((other, at) => {
      if (at === index || other.severity === 'info' || finding.severity === 'info') return false;
      const deeper = depthOf(other.kind) < depthOf(finding.kind);
      if (leavesNoImage(other, finding)) return true;
      if (deeper && touches(index, at)) return other.confidence >= 0.45;
      const names = [other.object, ...other.involves].map((ref) => ref.name);
      const own = [finding.object, ...finding.involves].map((ref) => ref.name);
      return [...called].some((word) => names.includes(word) && !own.includes(word));
    });
    return { ...finding, symptomOf: causes.map((cause) => cause.id) };
  });
}

/** From the root to its last symptom, one finding a step: what a reader follows. */
export function chainOf(root: Finding, findings: readonly Finding[]): Finding[] {
  const symptoms = findings
    .filter((finding) => finding.symptomOf.includes(root.id))
    .sort((a, b) => depthOf(a.kind) - depthOf(b.kind) || b.confidence - a.confidence);
  return [root, ...symptoms].slice(0, 12);
}
