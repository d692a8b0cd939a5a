import { asObject, at, isObject, type Json, number, objects, text } from '../../json.ts';
import { toneOf } from '../status/words.ts';

/**
 * What the clients of clouds print of what runs there (`aws rds describe-db-instances`, `gcloud sql instances describe`, `az … show`): each
 * thing with its state is a resource that speaks for itself, as those of operators do. The API version says that no cluster knows it.
 */
export const CLOUD = 'cloud:resource/v1';

const CLIENT = /^(?:aws|gcloud|gcp|az|azure)(?:[ _-]|$)/;
/** What only clouds write: names of Amazon, paths of Azure, kinds of Google's APIs. */
const OWN_WORDS = /"arn:aws[\w-]*:|"\/subscriptions\/[\w-]+\/resourceGroups\/|"kind": ?"\w+#\w+"/;
const MAX_CHARS = 4 * 1024 * 1024;
const MAX_RESOURCES = 500;

const STATE = /^(?:\w*Status(?:Code)?|\w*State|status|state|provisioningState|LifeCycleState)$/;
/** What it should come to. */
const DESIRED = /^desired/i;
/** What was taken down on purpose stays in lists for a while. */
const GONE = /^(?:terminated|deleted|deleting|shutting[- ]?down|inactive)$/i;
const WORD = /^[A-Za-z][\w -]{1,60}$/;
/** A member that names what it is in; the first of these that is there. */
const NAMES: readonly RegExp[] = [/Identifier$/, /^(?:name|Name)$/, /Name$/, /Id$/, /^id$/, /Arn$/i];
const WHY = /^(?:\w*Reason|\w*Description|\w*Message|description|message|reason|statusMessage)$/;

/** The state that a thing is in: a word, or an object that holds one (`{"Code": 16, "Name": "running"}`). Of several the worst. */
function stateOf(thing: Json): string | undefined {
  const states = Object.entries(thing).flatMap(([key, value]) => {
    if (DESIRED.test(key)) return [];
    const inner = isObject(value) ? (value.Name ?? value.Code ?? value.State ?? value.Status) : value;
    const state = STATE.test(key) || (isObject(value) && /Health$/.test(key)) ? text(inner) : undefined;
    return state !== undefined && WORD.test(state) ? [state] : [];
  });
  // What was taken down is gone, whatever else is said of it.
  const worst = [
    (state: string) => GONE.test(state),
    (state: string) => toneOf(state) === 'bad',
    (state: string) => toneOf(state) === 'unready',
    // A check that is not set up is unknown all the time.
    (state: string) => !/^unknown$/i.test(state),
    () => true,
  ];
  return worst.map((is) => states.find(is)).find((state) => state !== undefined);
}

/** How a thing is called: by the members that are named after its kind, or what it is in a stack, before those that name what it is of. */
function nameOf(thing: Json, key?: string): string | undefined {
  const kind = singular(key ?? '').replaceAll(/[^A-Za-z0-9]/g, '');
  const own = kind === '' ? [] : ['Name', 'Identifier', 'Id', 'Arn'].map((end) => new RegExp(`^${kind}${end}$`, 'i'));
  for (const pattern of [...own, /^LogicalResourceId$/, ...NAMES]) {
    const found = Object.entries(thing).find(
      ([key, value]) => pattern.test(key) && typeof value === 'string' && value !== '',
    );
    if (found !== undefined) return String(found[1]).split('/').at(-1);
  }
  // Of a target of a load balancer the address is within.
  return Object.entries(thing).flatMap(([key, value]) =>
    isObject(value) && /^Target$/.test(key) ? (nameOf(value) ?? []) : [],
  )[0];
}

/** What the thing says of the reason, in itself, in the object that holds its state, or in the list of what is wrong with its health. */
function reasonsOf(thing: Json): string[] {
  const own = (one: Json) =>
    Object.entries(one).flatMap(([key, value]) => {
      const said = Array.isArray(value) ? value.filter((part) => typeof part === 'string').join(', ') : text(value);
      return WHY.test(key) && said !== undefined && said !== '' ? [said] : [];
    });
  const held = Object.entries(thing).filter(
    ([key, value]) => isObject(value) && /(?:Health|State|Status|Reason)$/i.test(key),
  );
  const issues = objects(at(thing, 'health', 'issues')).flatMap((issue) =>
    [text(issue.code) ?? [], text(issue.message) ?? []].flat(),
  );
  return [...new Set([...own(thing), ...held.flatMap(([, value]) => own(asObject(value))), ...issues])];
}

const singular = (word: string): string =>
  word
    .replace(/(?:Health)?Descriptions$/, '')
    .replace(/ies$/, 'y')
    .replace(/(?<=status)es$/i, '')
    .replace(/(?<=[a-z])(?<!statu)s$/i, '');

/** `DBInstances` holds a DBInstance; Google and Azure say the type in the thing. */
function kindOf(thing: Json, key: string | undefined): string {
  const told = text(thing.kind)?.split('#')[1] ?? text(thing.type)?.split('/').at(-1) ?? key ?? 'CloudResource';
  const kind = singular(told.replaceAll(/[^A-Za-z0-9]/g, ''));
  return kind === '' ? 'CloudResource' : `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
}

/** How many of its tasks run, of those that should (Amazon ECS); where some are missing, its newest event says why. */
function countsOf(thing: Json): Json {
  const [desired, running] = [number(thing.desiredCount), number(thing.runningCount)];
  if (desired === undefined || running === undefined) return {};
  const event = running < desired ? text(at(objects(thing.events)[0], 'message')) : undefined;
  return {
    replicas: desired,
    readyReplicas: running,
    ...(event === undefined ? {} : { conditions: [{ type: 'Ready', status: 'False', message: event }] }),
  };
}

function objectOf(thing: Json, key: string | undefined): Json | undefined {
  const [state, name] = [stateOf(thing), nameOf(thing, key)];
  if (state === undefined || name === undefined || GONE.test(state)) return undefined;
  const message = reasonsOf(thing).join('; ').slice(0, 600);
  return {
    apiVersion: CLOUD,
    kind: kindOf(thing, key),
    metadata: { name },
    status: { state, ...countsOf(thing), ...(message === '' ? {} : { message }) },
  };
}

function within(value: unknown, key: string | undefined, depth: number): Json[] {
  if (Array.isArray(value)) return value.flatMap((one) => within(one, key, depth));
  if (!isObject(value) || depth > 3 || 'apiVersion' in value) return [];
  const own = objectOf(value, key);
  if (own !== undefined) return [own];
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'object' ? within(inner, name, depth + 1) : [],
  );
}

/** What a command asks about, where members were picked out of it that do not name it: `describe-nodegroup … --nodegroup-name blue --query …`. */
function ofCommand(value: unknown, command: string): Json[] {
  const kind = /\s(?:describe|get)-([a-z-]+)\s/.exec(command)?.[1]?.replaceAll('-', '') ?? '';
  const flags = [...command.matchAll(/\s--([a-z-]*(?:name|identifier|id|arn))[ =]([\w./:-]+)/g)];
  const [, , name] =
    flags.find(
      ([, flag = '']) =>
        kind.startsWith(flag.replaceAll('-', '').replace(/(?:name|identifier|id|arn)$/, '')) && flag.includes('-'),
    ) ??
    flags.at(-1) ??
    [];
  const own = isObject(value) && kind !== '' && name !== undefined ? objectOf({ ...value, name }, kind) : undefined;
  return own === undefined ? [] : [own];
}

/** Resources of a cloud in what its client (or a tool called after it) printed as JSON. Empty for any other text. */
export function cloudResources(source: string, command = ''): Json[] {
  if (!/^\s*[[{]/.test(source) || source.length > MAX_CHARS) return [];
  if (!CLIENT.test(command) && !OWN_WORDS.test(source)) return [];
  try {
    const value: unknown = JSON.parse(source);
    const all = within(value, undefined, 0);
    const found = (all.length > 0 ? all : ofCommand(value, command)).slice(0, MAX_RESOURCES);
    // Of activities and events of one thing the newest stand first.
    const first = new Map(
      found.toReversed().map((one) => [`${text(one.kind)}/${text(at(one, 'metadata', 'name'))}`, one]),
    );
    return [...first.values()].toReversed();
  } catch {
    return [];
  }
}
