import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
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

/** How far a number lies outside of bounds, and the bound it is brought to. */
function brought(count: number, { min, max }: { min?: number; max?: number }): { to: number; off: number } | undefined {
  if (min !== undefined && count < min) return { to: min, off: min - count };
  return max !== undefined && count > max ? { to: max, off: count - max } : undefined;
}

/** The bounds of each range that parameters list, `[{ min: 2, max: 4 }, { min: 8, max: 9 }]`; of the whole where they list none. */
function ranges(parameters: Json): { min?: number; max?: number }[] {
  const listed = [...leaves(parameters)].flatMap(({ path, value }) =>
    isObject(value) && path.length > 0 && Object.values(value).some((each) => typeof each === 'number')
      ? [bounds(Object.fromEntries([[path.join('.'), value]]))]
      : [],
  );
  const whole = listed.filter(({ min, max }) => min !== undefined && max !== undefined);
  return whole.length > 1 ? whole : [bounds(parameters)];
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
      const steps = ranges(parameters).map((range) => brought(count, range));
      // Between two ranges that are as near, which one is meant is no matter of numbers.
      const [step, other] = steps.filter((each) => each !== undefined).sort((a, b) => a.off - b.off);
      if (!step || steps.includes(undefined) || (other && other.off === step.off && other.to !== step.to)) return [];
      const wanted = step.to;
      return [
        {
          by: 'replicas',
          summary: `${wanted} replicas, the policy's ${wanted > count ? 'minimum' : 'maximum'}`,
          note: 'an autoscaler of this object has the last word',
          edits: [set(['spec', 'replicas'], wanted)],
          cost: 1,
        },
      ];
    });
  },
};
