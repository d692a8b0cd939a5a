import { citeText } from '../../src/evidence/cite.ts';
import { WORKLOADS } from '../../src/evidence/kinds.ts';
import { askedFor } from './asked-workloads.ts';
import type { Fact } from './facts.ts';
import { namespacesOf } from './target.ts';
import { named, type View } from './view.ts';

/** That the namespace which a question names was listed and is empty, while what it asks about runs in another one. */
export function elsewhereOf(question: string, view: View): Fact | undefined {
  const asked = askedFor(question, view);
  if (asked.length === 0) return undefined;
  for (const { namespace } of namespacesOf({ question })) {
    if (view.scene.objects.some(({ ref }) => ref.namespace === namespace && WORKLOADS.includes(ref.kind))) continue;
    if (view.pods.some(({ ref }) => ref.namespace === namespace)) continue;
    const empty = view.scene.absences.filter(
      (one) => one.namespace === namespace && (one.kind === 'Pod' || WORKLOADS.includes(one.kind)),
    );
    const [first] = empty;
    if (first === undefined) continue;
    const kinds = [...new Set(empty.map(({ kind }) => kind))].join(' and no ');
    return {
      summary: `In namespace \`${namespace}\` there is no ${kinds}; what is called so is elsewhere: ${asked.map(({ ref }) => named(ref)).join(', ')}.`,
      citations: [citeText(first.item, 'No resources found') ?? []].flat(),
    };
  }
  return undefined;
}
