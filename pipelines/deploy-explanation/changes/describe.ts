import { asArray, asObject, at, isObject, type Json, objects, text } from '../../../src/json.ts';
import { redact } from '../../../src/model/redaction.ts';
import { type Field, fieldOf, nameOf } from './wording.ts';

/** One thing that differs between two states of an object, in words. */
export interface Difference {
  /** `image shop/api:1.4.1 → shop/api:1.4.2`. */
  readonly what: string;
  readonly field: Field;
  /** Where in the object, such as `spec.template.spec.containers[api].image`. */
  readonly path: string;
  /** A text that its place in a manifest shows: the new value, or the key. */
  readonly needle: string;
  /** A variable's or a ConfigMap's key. */
  readonly key?: string;
  /** Values as texts; absent on the side where there is none, and for what must not be shown. */
  readonly before?: string;
  readonly after?: string;
}

const MAX_DIFFERENCES = 200;
const MAX_SHOWN = 100;

/** What identifies an item of a list of objects: of these the first that all items have. */
const IDENTITIES = ['name', 'mountPath', 'containerPort', 'port', 'key', 'ip', 'host', 'path', 'type', 'kind'] as const;

function identityIn(lists: readonly Json[]): string | undefined {
  return IDENTITIES.find((key) => lists.every((item) => text(item[key]) !== undefined));
}

/** A value as one short line, with secrets replaced: `key` is its name, by which a secret is known. */
function shown(key: string, value: unknown): string {
  const hidden = redact({ [key]: value, variable: { name: key, value } }).value as Json;
  const [direct, variable] = [hidden[key], at(hidden, 'variable', 'value')];
  const safe = direct === value ? variable : direct;
  const line = typeof safe === 'string' ? safe : (JSON.stringify(safe) ?? '');
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

/** `a → b`, or only that it changed where a value is a secret, or several lines of which the first that differs is shown. */
function arrow(key: string, before: unknown, after: unknown): string {
  const [old, now] = [shown(key, before), shown(key, after)];
  if (old.includes('[redacted:') || now.includes('[redacted:')) return 'changed (a secret)';
  if (typeof before !== 'string' || typeof after !== 'string' || !/\n/.test(before + after)) return `${old} → ${now}`;
  const [olds, news] = [before.split('\n'), after.split('\n')];
  const line = news.findIndex((one, index) => one !== olds[index]);
  const at = line < 0 ? news.length : line;
  return `changed in line ${at + 1}: ${shown(key, (olds[at] ?? '').trim())} → ${shown(key, (news[at] ?? '').trim())}`;
}

/** A variable's value, or `Secret name/key` where it comes from one. */
function envValue(entry: Json): string {
  const from = asObject(entry.valueFrom);
  const ref = asObject(from.secretKeyRef ?? from.configMapKeyRef);
  if (ref.name !== undefined) return `${String(ref.name)}/${String(ref.key)}`;
  return text(entry.value) ?? (entry.valueFrom === undefined ? '' : JSON.stringify(entry.valueFrom));
}

class Walk {
  readonly found: Difference[] = [];
  /** Values of a Secret are never shown. */
  readonly #mute: boolean;

  constructor(mute: boolean) {
    this.#mute = mute;
  }

  tell(path: string, before: unknown, after: unknown): void {
    if (this.found.length >= MAX_DIFFERENCES) return;
    const { name, key } = nameOf(path);
    const field = fieldOf(path);
    const mute = this.#mute && field === 'data';
    const last = key ?? path.split('.').at(-1) ?? path;
    const compound = (value: unknown) => typeof value === 'object' && value !== null;
    const plain = (value: unknown) => (value === undefined || mute ? undefined : shown(last, value));
    const added = compound(after) || mute || after === '' ? '' : ` (${plain(after)})`;
    const what =
      before === undefined
        ? `${name} added${added}`
        : after === undefined
          ? `${name} removed`
          : mute
            ? `${name} changed`
            : `${name} ${arrow(last, before, after)}`;
    const [old, now] = [plain(before), plain(after)];
    const telling = typeof after === 'string' && after !== '' && !after.includes('\n') && !mute ? after : last;
    this.found.push({
      what,
      field,
      path,
      needle: field === 'env' || field === 'data' ? (key ?? telling) : telling,
      ...(key === undefined ? {} : { key }),
      ...(old === undefined ? {} : { before: old }),
      ...(now === undefined ? {} : { after: now }),
    });
  }

  values(path: string, before: unknown, after: unknown): void {
    if (before === after || JSON.stringify(before) === JSON.stringify(after)) return;
    if (Array.isArray(before) && Array.isArray(after)) this.lists(path, before, after);
    else if (isObject(before) && isObject(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
        this.values(path === '' ? key : `${path}.${key}`, before[key], after[key]);
    } else if (/(?:^|\.)env$/.test(path)) this.lists(path, asArray(before), asArray(after));
    else if (
      isObject(after ?? before) &&
      /(?:^|\.)(?:data|stringData|limits|requests|resources|labels|matchLabels|nodeSelector)$/.test(path)
    )
      this.values(path, asObject(before), asObject(after));
    else this.tell(path, before, after);
  }

  lists(path: string, before: readonly unknown[], after: readonly unknown[]): void {
    const [olds, news] = [objects(before), objects(after)];
    const whole = olds.length === before.length && news.length === after.length;
    const identity = whole ? identityIn([...olds, ...news]) : undefined;
    if (identity === undefined) {
      // A list of plain words, such as arguments, is told whole.
      this.tell(path, before, after);
      return;
    }
    const isEnv = /(?:^|\.)env$/.test(path);
    const of = (list: readonly Json[]) => new Map(list.map((item) => [text(item[identity]) ?? '', item]));
    const [left, right] = [of(olds), of(news)];
    for (const name of new Set([...right.keys(), ...left.keys()])) {
      const [old, now] = [left.get(name), right.get(name)];
      const here = `${path}[${name}]`;
      if (isEnv) this.values(here, old && envValue(old), now && envValue(now));
      else this.values(here, old, now);
    }
  }
}

/** One field of an object of `kind` that was changed, by its path and its values as texts; values of a Secret are never shown. */
export function fieldDifference(
  kind: string,
  path: string,
  before: string | undefined,
  after: string | undefined,
): Difference | undefined {
  const walk = new Walk(kind === 'Secret');
  walk.tell(path.replace(/^spec\.template\.spec\.(?=containers\b)/, ''), before, after);
  return walk.found[0];
}

/** What two pod specs differ in: images, environment, resources, probes, commands, volumes and the rest. */
export function podDifferences(before: unknown, after: unknown): Difference[] {
  const walk = new Walk(false);
  walk.values('', before, after);
  return walk.found;
}

/** What two states of an object differ in; `undefined` stands for an object that is not there. Status is no part of it. */
export function objectDifferences(before: Json | undefined, after: Json | undefined): Difference[] {
  const object = after ?? before ?? {};
  const named = `${String(object.kind)} ${String(at(object, 'metadata', 'name') ?? '')}`;
  const whole = (verb: string): Difference[] => [
    { what: `${named} ${verb}`, field: 'object', path: '', needle: String(at(object, 'metadata', 'name') ?? '') },
  ];
  if (before === undefined) return after === undefined ? [] : whole('added');
  if (after === undefined) return whole('removed');
  const walk = new Walk(object.kind === 'Secret');
  const { status: _old, ...left } = before;
  const { status: _now, ...right } = after;
  walk.values('', left, right);
  return walk.found;
}
