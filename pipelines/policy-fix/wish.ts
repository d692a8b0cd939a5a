import type { Json } from '../../src/manifest/json.ts';
import { isId } from './defaults.ts';
import type { Edit, Path } from './edits.ts';
import { itemsTold } from './telling.ts';

/** A wish of a policy: a value it would accept, one of some, or that something be there. */
export type Wish =
  | {
      readonly kind: 'edit';
      readonly edit: Edit;
      /** The number that stands there, where the edit brings it to a bound. */
      readonly from?: number;
      /** One more item of a list, of which a policy spells out only as much as it looks at. */
      readonly another?: true;
    }
  | {
      readonly kind: 'choose';
      readonly path: Path;
      readonly values: readonly (string | number)[];
      readonly source?: string;
    }
  | {
      readonly kind: 'present';
      readonly path: Path;
      readonly pattern: string;
      /** Any text that is accepted, where the pattern alone does not lead to one; never offered. */
      readonly example?: string;
      /** What may stand in for a list that has to hold something else than it holds, or counts as holding; never offered. */
      readonly holds?: readonly Json[];
      /** The policy is content where nothing stands, too. */
      readonly optional?: true;
    };

/** Where it is fulfilled. */
export const pathOfWish = (wish: Wish): Path => (wish.kind === 'edit' ? wish.edit.path : wish.path);

/** Wishes that together would make a condition stand as a policy wants it. */
export type Way = readonly Wish[];

/** A wish and who has it. */
export interface Stated {
  readonly policy: string;
  readonly wish: Wish;
  /** Whether the policy leaves no other way, or none but to take something away. */
  readonly sole: boolean;
  /** What has to be done with it, where it is of a condition, and everything that would do instead. */
  readonly way?: Way;
  readonly ways?: readonly Way[];
  /** The one way that is left beside those that only evade the policy. */
  readonly left?: true;
  /** Whether there are ways that are not understood. */
  readonly unread?: true;
}

/** The keys of a path, without positions in lists. */
export const keysOf = (path: Path): string => path.filter((key) => typeof key === 'string').join('.');

/** What only people decide: what an object is called and where it lives, which image it runs and how, and which rules select it. */
const NEVER =
  /^(?:apiVersion|kind|metadata(?:\.(?:name|namespace|generateName|uid|labels|annotations))?|spec)$|(?:^|\.)(?:image|(?<!(?:^|\.)os\.)name|selector|command|args|containers|initContainers|volumes|volumeMounts|env)$|(?:^|\.)selector\./;

/** Whether only people decide what stands there; the name of another object they may be asked for. */
export const isNever = (path: Path): boolean =>
  NEVER.test(keysOf(path)) && !isReference(path) && !namesPullSecret(path);

const namesPullSecret = (path: Path): boolean => path.at(-3) === 'imagePullSecrets' && path.at(-1) === 'name';

/** Rights, ways in from outside, and ties to one node: what a policy forbids of these goes without asking. */
const UNASKED =
  /(?:^|\.)(?:securityContext\.(?!supplementalGroups).+|host(?:Network|PID|IPC|Port|Users)|shareProcessNamespace|externalIPs|nodeName|(?:httpGet|tcpSocket)\.host)$/;

export const goesUnasked = (path: Path): boolean => UNASKED.test(keysOf(path));

/** What a role permits, and whom a binding gives it to. */
const GIVES = /^(?:rules|subjects)(?:\.|$)/;

/** Whether a wish takes a right away: of a program, or one that a role or binding gives. */
const takesRight = (wish: Wish): boolean =>
  wish.kind === 'edit' &&
  (goesUnasked(wish.edit.path) || (wish.edit.op === 'remove' && GIVES.test(keysOf(wish.edit.path))));

/** What a policy forbids goes without asking: rights, and a limit that only slows a container down. */
export const isRemovedUnasked = (path: Path): boolean =>
  goesUnasked(path) || /(?:^|\.)resources\.limits\.cpu$/.test(keysOf(path));

/** Maps in which `name` is a key like any other, or says what the thing itself is called. */
const OWN_NAME = /^(?:metadata|os|labels|annotations|matchLabels|nodeSelector|selector|data|stringData)$/;

/** Lists of which each item says which other object, or who, is meant: `parentRefs`, `certificateRefs`, a binding's `subjects`. */
const REFERENCES = /(?:Refs|References)$|^subjects$/;

/**
 * Whether a `name` says which other object is meant (`roleRef.name`, `instancetype.name`), not what this one or an item of its
 * lists is called.
 */
export const isReference = (path: Path): boolean =>
  path.at(-1) === 'name' &&
  (typeof path.at(-2) === 'string' ? !OWN_NAME.test(String(path.at(-2))) : REFERENCES.test(String(path.at(-3))));

/** Whether a right would be given instead of one that the policy does not accept: it has to go. */
export const isGrant = (wish: Wish): boolean =>
  keysOf(pathOfWish(wish)).endsWith('capabilities.add') && !(wish.kind === 'edit' && wish.edit.op === 'remove');

/** Values that mean something outside the object: what is stored, mounted, listened to, or who may do what. */
const OWNERS =
  /(?:^|\.)storage(?:ClassName)?$|(?:^|\.)supplementalGroups$|^(?:roleRef|subjects|rules)\.|(?:^|\.)(?:env|envFrom|ports|volumes|backend|tls|serviceAccountName)(?:\.(?!emptyDir|(?:secret|configMap|projected)\.defaultMode)|$)|^spec\.(?:type|externalName|rules)(?:\.|$)|^spec\.selector\.|^spec\.(?:policyTypes|scope)$|^spec\.volumeClaimTemplates\.|^spec\.versions\.schema\.|(?:Probe|lifecycle)$/;

/** A namespace that an object names: where else something is made, looked up or let in. */
const namesNamespace = (path: Path): boolean =>
  /^(?:n|\w+N)amespace$/.test(String(path.at(-1))) && !isLabel(path) && path[0] !== 'data';

const meansOutside = (path: Path): boolean =>
  OWNERS.test(keysOf(path)) ||
  namesNamespace(path) ||
  isReference(path) ||
  namesPullSecret(path) ||
  path.includes('listeners');

/** Whether a path leads into a `tls` and through no list there: `tls.mode`, `tls.incoming.tlsMinVersion`. */
const isWithinTls = (path: Path): boolean => {
  const below = path.slice(path.lastIndexOf('tls') + 1);
  return path.includes('tls') && below.length > 0 && below.every((key) => typeof key === 'string' && key !== 'kind');
};

/**
 * Whether TLS is used, checked or insisted on, or how; which certificates it takes is another matter. A word that begins with a
 * capital (`ISTIO_MUTUAL`, `Redirect`) is one of the field's own: names of Secrets, options and hosts never do.
 */
const isSwitchOfTls = (edit: Edit): boolean =>
  edit.op === 'set' &&
  isWithinTls(edit.path) &&
  (typeof edit.value === 'boolean' || (typeof edit.value === 'string' && /^[A-Z]\w*$/.test(edit.value)));

/**
 * Whether an edit says only how or for how long something is used that means something outside: a switch, or a time. What is stored,
 * mounted or listened to stays the same. Of a schema a switch says what is stored.
 */
const isManner = (edit: Edit): boolean =>
  edit.op === 'set' &&
  !keysOf(edit.path).startsWith('spec.versions.schema.') &&
  (typeof edit.value === 'boolean' || isTime(edit));

/** A time: seconds by the name of their field, or a duration of several letters' length (`30s`) of a timeout or interval. */
const isTime = ({ path, ...edit }: Edit): boolean =>
  /Seconds$/.test(String(path.at(-1))) ||
  (edit.op === 'set' &&
    /^(?:\d+(?:h|m|s|ms))+$/.test(String(edit.value)) &&
    path.some((key) => /timeout|interval/i.test(String(key))));

/** An Argo CD project: whose rights an application has. Where a policy permits one alone there is nothing to choose. */
const isProject = (path: Path): boolean => /^spec\.(?:template\.spec\.)?project$/.test(keysOf(path));

/** Whether two places are parts of one map. */
export const areBeside = (a: Path, b: Path): boolean => a.slice(0, -1).join('\0') === b.slice(0, -1).join('\0');

/** Whether a wish goes with another name of the object that is meant: its kind alone would mean one that may not be there. */
const isOfReference = ({ wish, way = [] }: Pick<Stated, 'wish' | 'way'>): boolean =>
  way.some((other) => {
    const path = pathOfWish(other);
    return other !== wish && isReference(path) && areBeside(path, pathOfWish(wish));
  });

/** Whether another value is for people to choose, although a policy accepts only that one. */
export const isOwners = ({ wish, way, ways = [] }: Pick<Stated, 'wish' | 'way' | 'ways'>): boolean =>
  wish.kind === 'edit' &&
  wish.edit.op !== 'remove' &&
  !goesUnasked(wish.edit.path) &&
  !isSwitchOfTls(wish.edit) &&
  !isManner(wish.edit) &&
  (isProject(wish.edit.path)
    ? ways.length > 1
    : meansOutside(wish.edit.path) || wish.another === true || isOfReference({ wish, ...(way ? { way } : {}) }));

/** Who wants pods stopped before others start has a reason that only people know. */
export const replaces = (path: Path): boolean => /(?:^|\.)strategy\.type$/.test(keysOf(path));

const takesAway = (way: Way): boolean =>
  way.length > 0 && way.every((wish) => wish.kind === 'edit' && wish.edit.op === 'remove');

/** Whether a place is a label or an annotation. */
export const isLabel = (path: Path): boolean =>
  path.at(-3) === 'metadata' && (path.at(-2) === 'labels' || path.at(-2) === 'annotations');

/** Whether a way is nothing but labels and annotations. */
export const onlyLabels = (way: Way): boolean => way.length > 0 && way.every((wish) => isLabel(pathOfWish(wish)));

/** Whether a wish can be fulfilled by an edit that is nobody's to decide. */
const isMechanical = (wish: Wish): boolean =>
  wish.kind === 'edit' &&
  (goesUnasked(wish.edit.path) ||
    (wish.edit.op !== 'remove' &&
      !isLabel(wish.edit.path) &&
      !isNever(wish.edit.path) &&
      !isProject(wish.edit.path) &&
      !meansOutside(wish.edit.path)));

/** Whether a policy says which image it wants, in which version: whoever runs it is asked for nothing else. */
const isOtherImage = (wish: Wish): boolean =>
  wish.kind === 'edit' && wish.edit.op === 'set' && wish.edit.path.at(-1) === 'image';

/**
 * The ways without those that only label the object where another takes rights away, names an image, or is nothing but edits that
 * nobody has to decide: such a label is an exemption.
 */
function obeying(ways: readonly Way[]): readonly Way[] {
  const rights = ways.some((way) => way.some(takesRight));
  const plain = ways.some((way) => way.length > 0 && way.every((wish) => isMechanical(wish) || isOtherImage(wish)));
  return rights || plain ? ways.filter((way) => !onlyLabels(way)) : ways;
}

/**
 * The ways of patterns of which any will do, without those that only label the object where another is about what it
 * does: unlike a condition, a pattern says what is wanted. What means something outside the object may be replaced by a label.
 */
export function ofPatterns(ways: readonly Way[]): readonly Way[] {
  const about = ways.some((way) => way.some((wish) => !isLabel(pathOfWish(wish)) && !meansOutside(pathOfWish(wish))));
  if (about) return ways.filter((way) => !onlyLabels(way));
  // Beside labels that tell something a label of one value is a switch, which turns the policy off.
  const telling = ways.some((way) => way.some((wish) => wish.kind !== 'edit'));
  return telling ? ways.filter((way) => way.some((wish) => wish.kind !== 'edit')) : ways;
}

/**
 * Whether a policy would as well take another setting in place of a right that goes: `!hostNetwork || dnsPolicy == x` orders what
 * comes with the host's network, and does not forbid it.
 */
export const ordersCompany = ({ wish, ways = [] }: Stated): boolean =>
  goesUnasked(pathOfWish(wish)) &&
  ways.some(
    (way) =>
      way.length > 0 &&
      way.every(
        (other) =>
          isMechanical(other) && other.kind === 'edit' && other.edit.op === 'set' && !goesUnasked(other.edit.path),
      ),
  );

/** Whether a way is nothing but something more that has to be there, and no amount or bound. */
const completes = (way: Way): boolean =>
  way.length > 0 &&
  way.every(
    (wish) =>
      wish.kind !== 'edit' ||
      (wish.edit.op !== 'remove' && typeof wish.edit.value !== 'number' && !/^\d/.test(String(wish.edit.value))),
  );

/** What a way that leaves fewer copies leaves; undefined for any other. */
export const copiesLeft = (way: Way): number | undefined =>
  way.flatMap((wish) =>
    wish.kind === 'edit' &&
    wish.edit.op === 'set' &&
    wish.edit.path.at(-1) === 'replicas' &&
    typeof wish.edit.value === 'number' &&
    wish.edit.value < (wish.from ?? 0)
      ? [wish.edit.value]
      : [],
  )[0];

/**
 * Whether a way leaves one copy of several, or fewer where another one would complete the object: what a policy asks of so many
 * copies it would no longer ask.
 */
function isRetreat(way: Way, ways: readonly Way[]): boolean {
  const left = copiesLeft(way);
  return left !== undefined && (left === 1 || ways.some(completes));
}

/**
 * Ways that differ: one that comes twice is one, and so is one that only does more than another. Rules of one name that hold
 * alike (a complaint about each field, about each container) state them again and again.
 */
function distinct(ways: readonly Way[]): readonly Way[] {
  const keyed = ways.map((way) => ({ way, keys: new Set(way.map((wish) => JSON.stringify(wish))) }));
  return keyed
    .filter(
      ({ keys }, at) =>
        !keyed.some(
          (other, i) =>
            other.keys.size > 0 &&
            (other.keys.size < keys.size || (other.keys.size === keys.size && i < at)) &&
            [...other.keys].every((key) => keys.has(key)),
        ),
    )
    .map(({ way }) => way);
}

/**
 * The ways without those that only leave out who a program runs as where another names somebody: then the image would say, and may
 * say root.
 */
function saysWho(ways: readonly Way[]): readonly Way[] {
  const named = new Set(
    ways.flat().flatMap((wish) => (wish.kind === 'edit' && wish.edit.op === 'set' ? [wish.edit.path.join('.')] : [])),
  );
  const unsaid = (way: Way): boolean =>
    takesAway(way) && way.every((wish) => isId(pathOfWish(wish)) && named.has(pathOfWish(wish).join('.')));
  return ways.filter((way) => !unsaid(way));
}

/**
 * The wishes of alternative ways, each with whether anything else would do that may be done at all. Where there are ways that are
 * not understood (`unread`), the others may only evade what the policy wants.
 */
export function stated(policy: string, all: readonly Way[], unread = false): Stated[] {
  const obeyed = saysWho(obeying(itemsTold(distinct(all))));
  const kept = obeyed.filter((way) => !isRetreat(way, obeyed));
  const ways = kept.length > 0 ? kept : obeyed;
  const left = kept.length === 1 && kept.length < obeyed.length ? { left: true as const } : {};
  const closed = (path: Path): boolean => isNever(path) && path.at(-3) !== 'ports';
  // What has to be another word, and the policy does not say which, is a choice like any other.
  const isSaid = (path: Path): boolean =>
    obeyed
      .flat()
      .some((wish) => wish.kind === 'edit' && wish.edit.op === 'set' && keysOf(wish.edit.path) === keysOf(path));
  const gives = (way: Way): boolean =>
    (!takesAway(way) || way.every((wish) => replaces(pathOfWish(wish)) && !isSaid(pathOfWish(wish)))) &&
    !way.some((wish) => closed(pathOfWish(wish)));
  // Beside something that might go a label may only lead past the policy: no other way, and no answer unasked. An annotation tells a
  // controller what to do.
  const goes = obeyed.some((way) => takesAway(way) && !onlyLabels(way));
  const past = (way: Way): boolean =>
    goes && onlyLabels(way) && way.every((wish) => pathOfWish(wish).at(-2) === 'labels');
  const giving = new Set(obeyed.filter((way) => gives(way) && !past(way)));
  return ways.flatMap((way) =>
    way.map((wish) => ({
      policy,
      wish,
      way,
      ways,
      sole: !unread && !past(way) && giving.size - (giving.has(way) ? 1 : 0) === 0,
      ...left,
      ...(unread ? { unread } : {}),
    })),
  );
}
