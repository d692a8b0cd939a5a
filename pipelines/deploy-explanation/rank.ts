import type { Finding } from './schema.ts';
import { isCalled, type Target } from './target.ts';

function concerns({ object, involves }: Finding, targets: readonly Target[]): boolean {
  return targets.some((target) => [object, ...involves].some((ref) => isCalled(ref, target)));
}

const SEVERITY = { failed: 0.2, degraded: 0, info: -1 } as const;

/** How much speaks for a finding being the answer: its confidence, its weight, whether the asker named it, what it explains. */
export function scoreOf(finding: Finding, findings: readonly Finding[], targets: readonly Target[]): number {
  const explained = findings.filter((other) => other.symptomOf.includes(finding.id)).length;
  return (
    finding.confidence +
    SEVERITY[finding.severity] +
    (concerns(finding, targets) ? 0.4 : 0) +
    Math.min(5, explained) * 0.03
  );
}

/** Findings that nothing explains, best first. A cycle of symptoms cannot hide everything: then all are candidates. */
export function candidates(findings: readonly Finding[], targets: readonly Target[]): Finding[] {
  const serious = findings.filter((finding) => finding.severity !== 'info');
  const ids = new Set(serious.map((finding) => finding.id));
  const roots = serious.filter((finding) => !finding.symptomOf.some((id) => ids.has(id)));
  const pool = roots.length > 0 ? roots : serious;
  return [...pool].sort(
    (a, b) => scoreOf(b, findings, targets) - scoreOf(a, findings, targets) || (a.id < b.id ? -1 : 1),
  );
}
