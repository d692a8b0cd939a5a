import { REGO } from './refuse.ts';
import { tokensOf } from './tokens.ts';
import type { KubeObject } from './violation.ts';

/** What a request says beside its object: what stood there before, and who asks. */
const BESIDE = ['oldObject', 'userInfo'] as const;

/** Keys of Kyverno's by which a rule matches who asks. */
const WHO = new Set(['subjects', 'roles', 'clusterRoles']);

/** Words for people, in which any name may stand. */
const PROSE = new Set(['crd', 'message', 'messageExpression', 'description']);

function* parts(value: unknown): Generator<readonly [key: string, part: unknown]> {
  if (value === null || typeof value !== 'object') return;
  for (const [key, part] of Object.entries(value)) {
    if (PROSE.has(key)) continue;
    yield [key, part];
    yield* parts(part);
  }
}

/**
 * What of a request a policy looks at that is otherwise than where the same object is created by nobody in particular: `oldObject`,
 * `userInfo`, and the `operation` where the policy tells this one from `CREATE`. Code is read as words (Rego's, which are those
 * of CEL and JMESPath as far as names go), comments are not.
 */
export function requestParts(policy: KubeObject, operation: string): string[] {
  const found = new Set<string>();
  const told = ['CREATE', operation];
  for (const [key, part] of parts(policy.spec)) {
    if (WHO.has(key) && Array.isArray(part) && part.length > 0) found.add('userInfo');
    if (key === 'operations' && Array.isArray(part)) {
      const [one, other] = told.map((each) => part.includes(each) || part.includes('*'));
      if (one !== other) found.add('operation');
    }
    if (typeof part !== 'string') continue;
    const words = new Set(
      tokensOf(part, REGO).flatMap(({ kind, text }) =>
        kind === 'name' ? [text] : kind === 'string' ? [text.slice(1, -1)] : [],
      ),
    );
    for (const beside of BESIDE) if (words.has(beside)) found.add(beside);
    if (operation !== 'CREATE' && words.has('operation') && told.some((each) => mentions(policy, each)))
      found.add('operation');
  }
  return [...found];
}

const mentions = ({ spec }: KubeObject, operation: string): boolean =>
  new RegExp(`\\b${operation.replaceAll(/\W/g, '')}\\b`).test(
    JSON.stringify(spec, (key, value) => (key === 'operations' ? undefined : value)),
  );
