import { isObject, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import type { Path } from '../edits.ts';
import { ruleWishes } from '../kyverno/rules.ts';
import { isGrant, isOwners, isReference, isRemovedUnasked, keysOf, pathOfWish, type Stated } from '../wish.ts';
import type { Fixer, Proposal } from './fixer.ts';

/** What only people decide, whatever a policy says: what an object is called, where it lives and which image it runs. */
const NEVER =
  /^(?:apiVersion|kind|metadata\.(?:name|namespace|generateName|labels.*|annotations.*|uid))$|(?:^|\.)(?:image|(?<!(?:^|\.)os\.)name|selector)(?:\.|$)/;

/** Whether an edit would start a probe, a volume or a port of which the pattern says only one field. */
export function isFragment(object: JsonObject, path: Path): boolean {
  const at = path.findIndex(
    (key) => typeof key === 'string' && /Probe$|^lifecycle$|^volumes$|^ports$|^tls$|^rules$/.test(key),
  );
  // `tls` is a list in an Ingress and a map in a route.
  if (path[at] === 'tls' && typeof path[at + 1] === 'string') return false;
  // A port is all that an item of this list has to have.
  if (path[at] === 'ports' && /^(?:containerPort|port)$/.test(String(path[at + 2]))) return false;
  // A pause is a whole hook.
  if (path[at] === 'lifecycle' && keysOf(path).endsWith('.sleep.seconds')) return false;
  return at !== -1 && at < path.length - 1 && valueAt(object, path.slice(0, at + 1)) === undefined;
}

/**
 * Of patterns of which any will do the one that mends what stands there goes first (what is refused would only be covered up by more),
 * then the one that says it for the whole pod, not for each container.
 */
const costOf = ({ wish, ways = [] }: Stated, stands: boolean): number =>
  ways.length > 1 && !stands ? pathOfWish(wish).length / 100 : 0;

/** Edits that a violated rule of Kyverno spells out itself, in a pattern or by the conditions that it denies. */
export const kyvernoPattern: Fixer = {
  name: 'kyverno-pattern',
  propose(context) {
    return ruleWishes(context).flatMap((one): Proposal[] => {
      const { policy, wish, sole } = one;
      if (
        !sole ||
        isOwners(one) ||
        isGrant(wish) ||
        wish.kind !== 'edit' ||
        (NEVER.test(keysOf(wish.edit.path)) && !isReference(wish.edit.path))
      )
        return [];
      if (isFragment(context.object, wish.edit.path)) return [];
      const where = wish.edit.path.join('.');
      const summary =
        wish.edit.op === 'remove' ? `remove ${where}, which ${policy} forbids` : `${where} as ${policy} asks`;
      // What else is to go has its owner's say, a whole map of it always.
      const now = valueAt(context.object, wish.edit.path);
      // A switch that a pattern forbids has no other position.
      if (wish.edit.op === 'remove' && typeof now !== 'boolean' && (!isRemovedUnasked(wish.edit.path) || isObject(now)))
        return [];
      return [{ by: 'kyverno-pattern', summary, edits: [wish.edit], cost: costOf(one, now !== undefined) }];
    });
  },
};
