import { celConditions } from './cel/expressions.ts';
import { ways } from './cel/wishes.ts';
import type { FixContext } from './fixers/fixer.ts';
import { ruleWishes } from './kyverno/rules.ts';
import { regoWishes } from './rego/wishes.ts';
import { type Stated, stated } from './wish.ts';

/** Every wish that the expressions, code, patterns and conditions of the violated policies state. */
export function statedWishes(context: FixContext): Stated[] {
  return [
    ...celConditions(context).flatMap(({ policy, node, scope }) => stated(policy, ways({ node, scope }, true))),
    ...regoWishes(context),
    ...ruleWishes(context),
  ];
}
