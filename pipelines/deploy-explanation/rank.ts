import type { ExplainRequest, Finding } from './schema.ts';

/** Words of question and target that could be names of objects. */
export function targetsOf(request: Pick<ExplainRequest, 'question' | 'target'>): string[] {
  const words = `${request.target ?? ''} ${request.question ?? ''}`.match(/[a-z0-9][a-z0-9.-]{2,}/gi) ?? [];
  return [...new Set(words.flatMap((word) => [word, ...word.split('/')]).map((word) => word.replace(/[.-]+$/, '')))];
}

function concerns(finding: Finding, targets: readonly string[]): boolean {
  const names = [finding.object, ...finding.involves].map((ref) => ref.name);
  return targets.some(
    (target) =>
      target.length > 3 &&
      names.some((name) => name === target || name.startsWith(`${target}-`) || target.startsWith(`${name}-`)),
  );
}

const SEVERITY = { failed: 0.2, degraded: 0, info: -1 } as const;

/** How much speaks for a finding being the answer: its confidence, its weight, whether the asker named it, what it explains. */
export function scoreOf(finding: Finding, findings: readonly Finding[], targets: readonly string[]): number {
  const explained = findings.filter((other) => other.symptomOf.includes(finding.id)).length;
  return (
    finding.confidence +
    SEVERITY[finding.severity] +
    (concerns(finding, targets) ? 0.4 : 0) +
    Math.min(5, explained) * 0.03
  );
}

/** Findings that nothing explains, best first. A cycle of symptoms cannot hide everything: then all are candidates. */
export function candidates(findings: readonly Finding[], targets: readonly string[]): Finding[] {
  const serious = findings.filter((finding) => finding.severity !== 'info');
  const ids = new Set(serious.map((finding) => finding.id));
  const roots = serious.filter((finding) => !finding.symptomOf.some((id) => ids.has(id)));
  const pool = roots.length > 0 ? roots : serious;
  return [...pool].sort(
    (a, b) => scoreOf(b, findings, targets) - scoreOf(a, findings, targets) || (a.id < b.id ? -1 : 1),
  );
}
