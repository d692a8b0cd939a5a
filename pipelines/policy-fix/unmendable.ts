import { isObject, type Json } from '../../src/manifest/json.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import type { FixContext } from './fixers/fixer.ts';
import { statedWishes } from './statements.ts';
import { isNever, keysOf, pathOfWish } from './wish.ts';

/** What a rule of Kyverno sees of the object that is judged; a rule's context may hold anything. */
const OF_THE_OBJECT = /request\.object|element|images|\bcontext\b/;

/** The violated rule as Kyverno's policy has it, by its own name or the one it has for controllers. */
function ruleOf(documents: readonly KubeObject[], { rule }: Violation): KubeObject | undefined {
  const rules = documents.flatMap((document): KubeObject[] =>
    String(document.apiVersion).startsWith('kyverno.io/') && Array.isArray(document.spec?.rules)
      ? document.spec.rules
      : [],
  );
  return rules.find(({ name }) => [name, `autogen-${name}`, `autogen-cronjob-${name}`].includes(rule));
}

/** Why a rule denies whatever an object holds; undefined where it looks at what the object says. */
function regardless(rule: KubeObject | undefined): string | undefined {
  const deny = (rule?.validate?.deny ?? undefined) as Json | undefined;
  if (rule === undefined || !isObject(deny) || Array.isArray(rule.context)) return undefined;
  const conditions = JSON.stringify(deny.conditions ?? null);
  if (OF_THE_OBJECT.test(conditions)) return undefined;
  return conditions.includes('{{')
    ? 'looks at the request alone, not at what the object holds'
    : 'denies every object that it matches, whatever it holds';
}

/** The places that a policy's demands are about, where people alone change every one of them. */
function closedPlaces(context: FixContext): string[] {
  const paths = statedWishes(context).map(({ wish }) => pathOfWish(wish));
  return paths.every(isNever) ? [...new Set(paths.map(keysOf))] : [];
}

/**
 * Why a violation is left that neither an edit nor an answer removes, in words for people.
 *
 * @param context the object as it stands, with the violations that are left and their policies
 */
export function whyLeft(context: FixContext): string {
  const reasons = context.violations.map((violation) => {
    const { name, kind } = violation.policy;
    const facts = context.policies.find((policy) => policy.name === name);
    const said = violation.rule === undefined ? `${kind} ${name}` : `rule ${violation.rule} of ${name}`;
    const always = regardless(facts && ruleOf(facts.documents, violation));
    if (always) return `${said} ${always}: only its match, an exception or another sender lets it through`;
    const closed = closedPlaces({ ...context, violations: [violation], policies: facts ? [facts] : [] });
    return closed.length > 0
      ? `${said} is about ${closed.join(', ')}, which opsline neither changes nor asks for`
      : `nothing that ${said} spells out, and no edit of the catalogue, was accepted`;
  });
  return [...new Set(reasons)].join('; ');
}
