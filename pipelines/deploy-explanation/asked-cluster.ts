import { ofClusterAsked } from '../../src/evidence/asked-cluster.ts';
import type { Gathered } from './gather.ts';
import type { ExplainRequest } from './schema.ts';

/** What was gathered, without what other clusters said than the one that the question names; what was left out is told. Pure. */
export function ofAskedCluster(gathered: Gathered, { question = '' }: Pick<ExplainRequest, 'question'>): Gathered {
  const { items, left } = ofClusterAsked(gathered.items, question);
  if (left.length === 0) return gathered;
  const cut = left.map((cluster) => `what the cluster ${cluster} said: the question is about another`);
  return { ...gathered, items: [...items], cut: [...gathered.cut, ...cut] };
}
