import type { Finding } from './schema.ts';
import { isCalled, type NamespaceTarget, type Target } from './target.ts';

/** What the asker points at: by name, or all of a namespace. */
export interface Asked {
  readonly targets: readonly Target[];
  readonly namespaces: readonly NamespaceTarget[];
}

const NOTHING: Asked = { targets: [], namespaces: [] };

/** A finding that the asker named counts most; one in the namespace that was named, nearly as much. */
function asked({ object, involves }: Finding, { targets, namespaces }: Asked): number {
  const refs = [object, ...involves];
  if (targets.some((target) => refs.some((ref) => isCalled(ref, target)))) return 0.4;
  return namespaces.some(({ namespace }) => refs.some((ref) => ref.namespace === namespace)) ? 0.3 : 0;
}

const SEVERITY = { failed: 0.2, degraded: 0, info: -1 } as const;

/** How much speaks for a finding being the answer: its confidence, its weight, whether the asker named it, what it explains. */
export function scoreOf(finding: Finding, findings: readonly Finding[], where: Asked): number {
  const explained = findings.filter((other) => other.symptomOf.includes(finding.id)).length;
  return finding.confidence + SEVERITY[finding.severity] + asked(finding, where) + Math.min(5, explained) * 0.03;
}

/** Findings that nothing explains, best first. A cycle of symptoms cannot hide everything: then all are candidates. */
export function candidates(findings: readonly Finding[], where: Asked = NOTHING): Finding[] {
  const serious = findings.filter((finding) => finding.severity !== 'info');
  const ids = new Set(serious.map((finding) => finding.id));
  const roots = serious.filter((finding) => !finding.symptomOf.some((id) => ids.has(id)));
  const pool = roots.length > 0 ? roots : serious;
  return [...pool].sort((a, b) => scoreOf(b, findings, where) - scoreOf(a, findings, where) || (a.id < b.id ? -1 : 1));
}
