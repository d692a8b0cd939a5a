import type { Way } from '../wish.ts';
import { comparison } from './comparison.ts';
import { networkThatFits } from './derived.ts';
import { oneAlone } from './exactly-one.ts';
import { type Meaning, value, valueNow } from './meaning.ts';
import { oneThatFits } from './members.ts';
import type { Node } from './parse.ts';
import { type Condition, itemsOf, nameOf, resolve, truth, withName } from './resolve.ts';
import { withoutItems } from './separated.ts';
import { alike, doneOnce, holdsOther, isMap, itemInstead, merged, onceIn } from './ways.ts';
import { joined, ways } from './wishes.ts';

/** What is put in lower or upper case. */
const isCased = (node: Node): Node | undefined =>
  node.op === 'rcall' && /^(?:lower|upper)Ascii$/.test(node.args[0]) ? node.args[1] : undefined;

/** The conditions all of which an expression asks for. */
const allOf = (node: Node): Node[] => (node.op === '&&' ? node.args.flatMap(allOf) : [node]);

/** The key of a map of which more is asked than that it is there: `labels.exists(k, k == 'team' && labels[k] in […])`. */
function keyMeant(list: Meaning, label: string, body: Node, scope: Condition['scope']): string | undefined {
  const asked = allOf(body);
  if (list.kind !== 'place' || !isMap(list) || asked.length < 2) return undefined;
  const keys = asked.flatMap((node): string[] => {
    const pair = comparison(node);
    const sides = pair?.operator === '==' ? [pair.left, pair.right] : [];
    const others = sides.filter((side) => nameOf(side) !== label);
    const [other] = others;
    const said = other && others.length === 1 ? valueNow(resolve({ node: other, scope })) : undefined;
    return typeof said === 'string' ? [said] : [];
  });
  return keys.length === 1 ? keys[0] : undefined;
}

/** Ways to make a loop over the items of a list hold, or not hold. */
export function loop(
  { scope }: Condition,
  name: string,
  list: Meaning,
  label: string,
  body: Node,
  want: boolean,
): Way[] {
  const key = want && name === 'exists' ? keyMeant(list, label, body, scope) : undefined;
  if (key !== undefined) return ways({ node: body, scope: withName(scope, label, value(key)) }, true);
  const items = itemsOf(list) ?? [];
  const refused = (item: Meaning): boolean => truth({ node: body, scope: withName(scope, label, item) }) === !want;
  const fewer = (name === 'all') === want && name !== 'exists_one' ? withoutItems(list, refused) : [];
  if (fewer.length > 0) return fewer;
  const undone = (item: Meaning): Way[] => ways({ node: body, scope: withName(scope, label, item) }, false);
  const alone = want && name === 'exists_one' ? oneAlone(body, scope, label, items, undone) : [];
  if (alone.length > 0) return alone;
  const each = items.map((item) =>
    itemInstead(item, ways({ node: body, scope: withName(scope, label, item) }, want)).map((way) =>
      onceIn(items, item, way),
    ),
  );
  if ((name === 'all') === want) {
    const all = alike(each).map(doneOnce);
    return all.length > 0 ? all : holdsOther(list);
  }
  const any = each.flat();
  // `exists(x, x == v)` of a list or map that lacks v.
  const equal = want ? comparison(body) : undefined;
  if (equal?.operator === '==' && (list.kind === 'place' || (list.kind === 'list' && list.gains))) {
    const own = [equal.left, equal.right].find((side) => nameOf(isCased(side) ?? side) === label);
    const wanted = valueNow(resolve({ node: own === equal.left ? equal.right : equal.left, scope }));
    // What is there already is not written over.
    const joins = own && wanted !== undefined ? joined(list, wanted, isCased(own) !== undefined) : [];
    if (joins.length > 0) return joins;
  }
  const network = want && name === 'exists' ? networkThatFits({ node: body, scope }, label) : undefined;
  const gained = network === undefined ? [] : joined(list, network);
  if (gained.length > 0) return gained;
  const fits = (item: Meaning): Way[] => ways({ node: body, scope: withName(scope, label, item) }, true);
  const found = merged(
    want && list.kind === 'place' && name === 'exists' ? oneThatFits(list.path, items, any, fits) : any,
  );
  return found.length > 0 || items.length === 0 ? found : holdsOther(list);
}
