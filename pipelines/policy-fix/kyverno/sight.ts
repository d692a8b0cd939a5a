import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import type { FixContext, PolicyFacts } from '../fixers/fixer.ts';
import { isLeftOut } from './deny.ts';
import { violatedRules } from './rules.ts';
import { deniesWhatever } from './unconditional.ts';

/** Whether a rule says itself what it wants; one that denies whatever it sees says by its preconditions what it does not want. */
function saysWhat(validate: Json | undefined): boolean {
  if (!isObject(validate)) return false;
  const { pattern, anyPattern, deny, foreach } = validate;
  return [pattern, anyPattern, foreach].some((part) => part != null) || (isObject(deny) && !deniesWhatever(deny));
}

function lookAway({ documents, rules }: PolicyFacts, object: JsonObject): boolean {
  const violated = documents.flatMap((document) => violatedRules(document, rules, object));
  return (
    violated.length > 0 &&
    violated.every(({ rule, names }) => saysWhat(rule.validate) && isLeftOut(rule.preconditions, names))
  );
}

/**
 * Whether the preconditions of all violated rules of Kyverno's would let the object be once it were another one: a claim that makes
 * way for an empty folder is no answer where claims have to be saved.
 */
export const isOutOfSight = ({ policies, object }: FixContext, after: JsonObject): boolean =>
  policies.length > 0 && policies.every((facts) => lookAway(facts, after) && !lookAway(facts, object));
