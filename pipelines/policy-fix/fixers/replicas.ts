import { type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { set } from '../edits.ts';
import type { FixContext, Fixer, Proposal } from './fixer.ts';
import { leaves } from './parameters.ts';

const SCALED = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'Rollout']);

/** Minimum and maximum numbers of replicas that parameters name, however they spell it. */
function bounds(parameters: Json): { min?: number; max?: number } {
  const found: { min?: number; max?: number } = {};
  for (const { path, value } of leaves(parameters)) {
    const name = path.join('.').toLowerCase();
    if (typeof value !== 'number' || !Number.isInteger(value) || !name.includes('replica')) continue;
    if (/min|least/.test(path.at(-1)?.toLowerCase() ?? '') || (name.includes('min') && !name.includes('max')))
      found.min ??= value;
    else if (/max|most/.test(path.at(-1)?.toLowerCase() ?? '')) found.max ??= value;
  }
  return found;
}

/** The least replicas of an autoscaler up to a policy's minimum. */
function autoscaled(object: JsonObject, policies: FixContext['policies']): Proposal[] {
  const current = valueAt(object, ['spec', 'minReplicas']);
  const count = typeof current === 'number' ? current : 1;
  return policies.flatMap(({ parameters }) => {
    const { min } = bounds(parameters);
    if (min === undefined || count >= min) return [];
    return [
      {
        by: 'replicas',
        summary: `at least ${min} replicas, the policy's minimum`,
        edits: [set(['spec', 'minReplicas'], min)],
        cost: 1,
      },
    ];
  });
}

/** Replicas up to a policy's minimum or down to its maximum. */
export const replicas: Fixer = {
  name: 'replicas',
  propose({ object, policies }) {
    if (object.kind === 'HorizontalPodAutoscaler') return autoscaled(object, policies);
    if (!SCALED.has(String(object.kind))) return [];
    const current = valueAt(object, ['spec', 'replicas']);
    const count = typeof current === 'number' ? current : 1;
    return policies.flatMap(({ parameters }) => {
      const { min, max } = bounds(parameters);
      const wanted = min !== undefined && count < min ? min : max !== undefined && count > max ? max : undefined;
      if (wanted === undefined) return [];
      return [
        {
          by: 'replicas',
          summary: `${wanted} replicas, the policy's ${wanted === min ? 'minimum' : 'maximum'}`,
          note: 'an autoscaler of this object has the last word',
          edits: [set(['spec', 'replicas'], wanted)],
          cost: 1,
        },
      ];
    });
  },
};
