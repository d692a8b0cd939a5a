import type { KubeObject } from './violation.ts';

const INVENTORY = /\bdata\s*(?:\.|\[\s*["`])\s*inventory\b/;

function looksUpOthers(template: KubeObject): boolean {
  return INVENTORY.test(JSON.stringify(template).replaceAll('\\"', '"'));
}

/** Whether a constraint's `match.kinds` leaves an object's kind in; an empty list leaves everything in. */
export function matchesKind({ spec }: KubeObject, { kind }: KubeObject): boolean {
  const rules: unknown = spec?.match?.kinds;
  if (!Array.isArray(rules) || rules.length === 0) return true;
  return rules.some((rule: { kinds?: unknown } | null) => {
    const kinds = rule?.kinds;
    return !Array.isArray(kinds) || kinds.length === 0 || kinds.includes('*') || kinds.includes(kind);
  });
}

/**
 * Sorts Gatekeeper's policies by whether their Rego looks at other objects than the one it judges (`data.inventory`), each
 * template with its constraints. `mayLookAt` says whether a comparing policy judges an object of this kind at all.
 */
export function referential(policies: readonly KubeObject[]): {
  readonly comparing: readonly KubeObject[];
  readonly others: readonly KubeObject[];
  readonly mayLookAt: (object: KubeObject) => boolean;
} {
  const kinds = new Set(
    policies
      .filter((policy) => policy.kind === 'ConstraintTemplate' && looksUpOthers(policy))
      .map((template) => template.spec?.crd?.spec?.names?.kind),
  );
  const compares = (policy: KubeObject): boolean =>
    policy.kind === 'ConstraintTemplate' ? kinds.has(policy.spec?.crd?.spec?.names?.kind) : kinds.has(policy.kind);
  const own = policies.filter(compares);
  const constraints = own.filter(({ kind }) => kind !== 'ConstraintTemplate');
  // What is expanded is judged as another kind, too.
  const expansions = policies.filter(({ kind }) => kind === 'ExpansionTemplate');
  return {
    comparing: own.length > 0 ? [...own, ...expansions] : [],
    others: policies.filter((policy) => !compares(policy)),
    mayLookAt: (object) => expansions.length > 0 || constraints.some((constraint) => matchesKind(constraint, object)),
  };
}
