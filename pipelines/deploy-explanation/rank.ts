import type { Finding } from './schema.ts';
import { isCalled, type NamespaceTarget, type Target } from './target.ts';

/** What the asker points at: by name, or all of a namespace. */
export interface Asked {
  readonly targets: readonly Target[];
  readonly namespaces: readonly NamespaceTarget[];
}

const NOTHING: Asked = { targets: [], namespaces: [] };

const refsOf = ({ object, involves }: Finding) => [object, ...involves];

/** Whether a finding is of what was named, and where: in the namespace that was named, too. */
function isNamed(finding: Finding, { targets, namespaces }: Asked): { named: boolean; there: boolean } {
  const called = refsOf(finding).filter((ref) => targets.some((target) => isCalled(ref, target)));
  const there = called.some((ref) => namespaces.some(({ namespace }) => ref.namespace === namespace));
  return { named: called.length > 0, there };
}

/**
 * A finding that the asker named counts most; one in the namespace that was named, nearly as much. Where something of a name fails in
 * the namespace that was named, too, its namesakes elsewhere are not meant.
 */
function asked(finding: Finding, findings: readonly Finding[], where: Asked): number {
  const { targets, namespaces } = where;
  const refs = refsOf(finding);
  const { named, there } = isNamed(finding, where);
  if (named && !there && namespaces.length > 0) {
    const names = new Set(targets.filter((one) => refs.some((ref) => isCalled(ref, one))));
    const own = { targets: [...names], namespaces };
    if (findings.some((other) => isNamed(other, own).there)) return 0;
  }
  if (named) return 0.4;
  return namespaces.some(({ namespace }) => refs.some((ref) => ref.namespace === namespace)) ? 0.3 : 0;
}

const SEVERITY = { failed: 0.2, degraded: 0, info: -1 } as const;

/** How much speaks for a finding being the answer: its confidence, its weight, whether the asker named it, what it explains. */
export function scoreOf(finding: Finding, findings: readonly Finding[], where: Asked): number {
  const explained = findings.filter((other) => other.symptomOf.includes(finding.id)).length;
  return (
    finding.confidence + SEVERITY[finding.severity] + asked(finding, findings, where) + Math.min(5, explained) * 0.03
  );
}

/** What keeps data is called by others, whose logs repeat what it told them: of two that say the same, it says it of itself. */
const keeps = ({ object }: Finding) => Number(object.kind === 'StatefulSet');

/** Findings that nothing explains, best first. A cycle of symptoms cannot hide everything: then all are candidates. */
export function candidates(findings: readonly Finding[], where: Asked = NOTHING): Finding[] {
  const serious = findings.filter((finding) => finding.severity !== 'info');
  const ids = new Set(serious.map((finding) => finding.id));
  const roots = serious.filter((finding) => !finding.symptomOf.some((id) => ids.has(id)));
  const pool = roots.length > 0 ? roots : serious;
  return [...pool].sort(
    (a, b) =>
      scoreOf(b, findings, where) - scoreOf(a, findings, where) ||
      (a.kind === b.kind ? keeps(b) - keeps(a) : 0) ||
      (a.id < b.id ? -1 : 1),
  );
}
