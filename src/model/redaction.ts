import { isUserAndPassword } from './redaction/addresses.ts';
import { hideArgumentItems } from './redaction/arguments.ts';
import { isFieldName, isObjectName, isSecretKey, isSecretValue } from './redaction/keys.ts';
import { createKnown } from './redaction/known.ts';
import { createPlaceholders, type PlaceholderOf, type Redacted } from './redaction/placeholders.ts';
import { hideLiteral } from './redaction/secret-objects.ts';
import { hideSensitiveIn } from './redaction/sensitive.ts';
import { redactText } from './redaction/text.ts';

export type { Redacted } from './redaction/placeholders.ts';

/**
 * Replaces the secret part of every string in a value: passwords in URLs, tokens, keys, private keys, values of members and
 * variables named like a secret, data of Kubernetes Secrets, arguments of commands, cookies, signatures of URLs, private e-mail addresses. The same secret gets the same
 * placeholder (`[redacted:password#1]`) throughout. Hosts, ports, users and database names stay, because they are causes.
 * Redacting twice changes nothing, and every text keeps its number of lines. Time is linear in the size of the value.
 */
export function redact<T>(value: T): { value: T; redacted: Redacted[] } {
  const placeholders = createPlaceholders();
  // Numbers that stand in the value already are taken: it may have been redacted before.
  for (const text of strings(value)) placeholders.reserve(text);
  return {
    value: hideIn(hideSensitiveIn(value, placeholders.of), placeholders.of) as T,
    redacted: placeholders.list(),
  };
}

/**
 * The same for a value that was made of `sources`: also replaces each secret of theirs where it stands without what tells so, as in a
 * part of a diff. Numbers of placeholders in `sources` stay theirs. What is of a kind that is `shown` stays, for readers whose own it is.
 */
export function redactLike<T>(value: T, sources: readonly string[], shown: readonly string[] = []): T {
  const placeholders = createPlaceholders();
  const of: PlaceholderOf = (kind, secret) => (shown.includes(kind) ? secret : placeholders.of(kind, secret));
  for (const text of strings([value, sources])) placeholders.reserve(text);
  for (const text of sources) redactText(text, of);
  const hideKnown = createKnown(placeholders.secrets());
  return hideIn(
    mapStrings(value, (text) => hideKnown(text, of)),
    of,
  ) as T;
}

function mapStrings(node: unknown, change: (text: string) => string): unknown {
  if (typeof node === 'string') return change(node);
  if (Array.isArray(node)) return node.map((item) => mapStrings(item, change));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, mapStrings(inner, change)]));
}

function* strings(node: unknown): Generator<string> {
  if (typeof node === 'string') yield node;
  else if (typeof node === 'object' && node !== null) for (const inner of Object.values(node)) yield* strings(inner);
}

const harmless = new WeakMap<PlaceholderOf, Set<string>>();

/** {@link redactText}; the same words stand in many places of a value, and those without a secret are read once. */
function hideInText(text: string, of: PlaceholderOf): string {
  const known = harmless.get(of) ?? new Set<string>();
  harmless.set(of, known);
  if (known.has(text)) return text;
  const hidden = redactText(text, of);
  if (hidden === text) known.add(text);
  return hidden;
}

function hideIn(node: unknown, of: PlaceholderOf): unknown {
  if (typeof node === 'string') return hideInText(node, of);
  if (Array.isArray(node)) return hideItems(node, of);
  if (typeof node !== 'object' || node === null) return node;
  const { kind, name, key } = node as { kind?: unknown; name?: unknown; key?: unknown };
  // A container's variable is `{ name: DB_PASSWORD, value: … }`; elsewhere it is a `key`.
  const isSecretVariable = [name, key].some((one) => typeof one === 'string' && isSecretKey(one));
  return Object.fromEntries(
    Object.entries(node).map(([key, inner]) => {
      if (kind === 'Secret' && (key === 'data' || key === 'stringData')) return [key, hideAll(inner, of)];
      if (key === 'secretGenerator') return [key, hideGenerators(inner, of)];
      const singular = Array.isArray(inner) ? key.replace(/s$/, '') : key;
      if (isSecretKey(singular)) return [key, hideUnder(singular, inner, of)];
      if (/(?:password|passwd|pwd|passphrase)s$/i.test(key) && isMapping(inner)) return [key, hideEach(inner, of)];
      if (isSecretVariable && key === 'value') return [key, hideUnder(key, inner, of)];
      if (key === 'auth' && typeof inner === 'string' && isUserAndPassword(inner)) return [key, of('password', inner)];
      return [key, hideIn(inner, of)];
    }),
  );
}

/** A value under a secret's name: a text, a PIN, or a list of texts. */
function hideUnder(key: string, value: unknown, of: PlaceholderOf): unknown {
  if (Array.isArray(value)) return value.map((item) => hideUnder(key, item, of));
  if (typeof value === 'object' && value !== null && typeof (value as { value?: unknown }).value === 'string')
    return { ...(hideIn(value, of) as object), value: hideUnder(key, (value as { value: string }).value, of) };
  if (typeof value === 'number' && /pass|pwd/i.test(key)) return of('secret', String(value));
  if (typeof value !== 'string' || !isSecretValue(value) || isObjectName(key, value) || isFieldName(key, value))
    return hideIn(value, of);
  return of('secret', value);
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A mapping under the plural of a password's name: `passwords: { alice: … }`. */
function hideEach(mapping: object, of: PlaceholderOf): unknown {
  return Object.fromEntries(
    Object.entries(mapping).map(([key, inner]) => [
      key,
      typeof inner === 'string' ? hideUnder('password', inner, of) : hideIn(inner, of),
    ]),
  );
}

/** The items of an array, which may be the arguments of a command. */
function hideItems(items: readonly unknown[], of: PlaceholderOf): unknown[] {
  if (items.length < 2 || !items.every((item) => typeof item === 'string'))
    return items.map((item) => hideIn(item, of));
  const hidden = hideArgumentItems(items, of);
  return items.map((item, index) => hidden[index] ?? hideInText(item, of));
}

/** A kustomization's `secretGenerator`, without the values of its literals. */
function hideGenerators(generators: unknown, of: PlaceholderOf): unknown {
  if (!Array.isArray(generators)) return hideIn(generators, of);
  return generators.map((generator) => {
    const literals = (generator as { literals?: unknown } | null)?.literals;
    if (!Array.isArray(literals)) return hideIn(generator, of);
    const hidden = literals.map((literal) => (typeof literal === 'string' ? hideLiteral(literal, of) : literal));
    return { ...(hideIn({ ...generator, literals: [] }, of) as object), literals: hidden };
  });
}

function hideAll(node: unknown, of: PlaceholderOf): unknown {
  if (typeof node === 'string') return isSecretValue(node) ? of('secret', node) : node;
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, hideAll(inner, of)]));
}
