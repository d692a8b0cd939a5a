import { type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import type { Explanation, Finding } from './schema.ts';

/** So sure is a rule that what it says is no guess. */
const PROVEN = 0.9;

type Told = Pick<Explanation, 'hypotheses' | 'findings' | 'chain' | 'evidence'>;

/**
 * Hypotheses of the rules that are no alternatives to the root cause: failures of other objects that Kubernetes itself (and not a
 * program's log, which may only repeat what the root did to it) says are there. They are broken as well, whatever the root is.
 */
export function alsoBroken({ hypotheses, findings, chain, evidence }: Told): Finding[] {
  const ofChain = findings.filter(({ id }) => chain.some(({ finding }) => finding === id));
  const refs = ofChain.flatMap(({ object, involves }) => [object, ...involves]);
  const logs = new Set(evidence.flatMap(({ id, source }) => (source.kind === 'log' ? [id] : [])));
  const apart = (ref: ObjectRef) => !refs.some((other) => sameObject(ref, other));
  return hypotheses.flatMap((hypothesis) => {
    if (hypothesis.by !== 'rules') return [];
    const finding = findings.find(({ kind, summary }) => kind === hypothesis.kind && summary === hypothesis.summary);
    const proven =
      finding !== undefined &&
      finding.severity === 'failed' &&
      finding.confidence >= PROVEN &&
      finding.citations.every((citation) => !logs.has(citation.evidence)) &&
      [finding.object, ...finding.involves].every(apart);
    return proven ? [finding] : [];
  });
}

/** The hypotheses that are left: what may be the cause instead. */
export function alternatives(output: Told): Explanation['hypotheses'] {
  const broken = alsoBroken(output);
  return output.hypotheses.filter(
    ({ by, kind, summary }) =>
      by === 'model' || !broken.some((finding) => finding.kind === kind && finding.summary === summary),
  );
}
