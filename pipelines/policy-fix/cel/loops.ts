import type { Way } from '../wish.ts';
import { comparison } from './comparison.ts';
import { networkThatFits } from './derived.ts';
import { oneAlone } from './exactly-one.ts';
import { type Meaning, valueNow } from './meaning.ts';
import { oneThatFits } from './members.ts';
import type { Node } from './parse.ts';
import { type Condition, itemsOf, nameOf, resolve, withName } from './resolve.ts';
import { alike, doneOnce, holdsOther, itemInstead, merged, onceIn } from './ways.ts';
import { joined, ways } from './wishes.ts';

/** What is put in lower or upper case. */
const isCased = (node: Node): Node | undefined =>
  node.op === 'rcall' && /^(?:lower|upper)Ascii$/.test(node.args[0]) ? node.args[1] : undefined;

/** Ways to make a loop over the items of a list hold, or not hold. */
export function loop(
  { scope }: Condition,
  name: string,
  list: Meaning,
  label: string,
  body: Node,
  want: boolean,
): Way[] {
  const items = itemsOf(list) ?? [];
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
