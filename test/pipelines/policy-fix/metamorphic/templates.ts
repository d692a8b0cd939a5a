import type { KubeObject } from '../../../../src/policy/violation.ts';

type Next = () => number;
/** Policies that say the same in another way; undefined where there is nothing to say otherwise. */
export type PolicyChange = (policies: readonly KubeObject[], next: Next) => KubeObject[] | undefined;

export const isMap = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every map of a document after `change`, innermost first. */
export function everyMap(value: unknown, change: (map: KubeObject) => KubeObject): unknown {
  if (Array.isArray(value)) return value.map((item) => everyMap(item, change));
  if (!isMap(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everyMap(item, change)])));
}

export const changed = (before: readonly KubeObject[], after: KubeObject[]): KubeObject[] | undefined =>
  JSON.stringify(before) === JSON.stringify(after) ? undefined : after;

/** The Rego of templates after a change of each module. */
export function regoChanged(policies: readonly KubeObject[], change: (rego: string) => string | undefined) {
  const out = structuredClone(policies) as KubeObject[];
  for (const { kind, spec } of out) {
    if (kind !== 'ConstraintTemplate') continue;
    for (const target of spec?.targets ?? []) {
      if (typeof target.rego === 'string') target.rego = change(target.rego) ?? target.rego;
      for (const { source } of target.code ?? [])
        if (typeof source?.rego === 'string') source.rego = change(source.rego) ?? source.rego;
    }
  }
  return changed(policies, out);
}

/** Every CEL expression of admission policies, templates and Kyverno's CEL after a change. */
export function celChanged(policies: readonly KubeObject[], change: (expression: string) => string): KubeObject[] {
  return policies.map((policy) =>
    everyMap(policy, (map) => {
      const out = { ...map };
      for (const key of ['expression', 'messageExpression'])
        if (typeof out[key] === 'string') out[key] = change(out[key]);
      return out;
    }),
  ) as KubeObject[];
}

export const isBinding = (kind: string): boolean => kind.endsWith('PolicyBinding');
