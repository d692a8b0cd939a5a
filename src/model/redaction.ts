import { isObjectName, isSecretKey, isSecretValue } from './redaction/keys.ts';
import { createPlaceholders, type PlaceholderOf, type Redacted } from './redaction/placeholders.ts';
import { redactText } from './redaction/text.ts';

export type { Redacted } from './redaction/placeholders.ts';

/**
 * Replaces the secret part of every string in a value: passwords in URLs, tokens, keys, private keys, values of members and
 * variables named like a secret, data of Kubernetes Secrets, private e-mail addresses. The same secret gets the same
 * placeholder (`[redacted:password#1]`) throughout. Hosts, ports, users and database names stay, because they are causes.
 * Redacting twice changes nothing. Time is linear in the size of the value.
 */
export function redact<T>(value: T): { value: T; redacted: Redacted[] } {
  const placeholders = createPlaceholders();
  // Numbers that stand in the value already are taken: it may have been redacted before.
  for (const text of strings(value)) placeholders.reserve(text);
  return { value: hideIn(value, placeholders.of) as T, redacted: placeholders.list() };
}

function* strings(node: unknown): Generator<string> {
  if (typeof node === 'string') yield node;
  else if (typeof node === 'object' && node !== null) for (const inner of Object.values(node)) yield* strings(inner);
}

function hideIn(node: unknown, of: PlaceholderOf): unknown {
  if (typeof node === 'string') return redactText(node, of);
  if (Array.isArray(node)) return node.map((item) => hideIn(item, of));
  if (typeof node !== 'object' || node === null) return node;
  const { kind, name } = node as { kind?: unknown; name?: unknown };
  // A container's variable is `{ name: DB_PASSWORD, value: … }`.
  const isSecretVariable = typeof name === 'string' && isSecretKey(name);
  return Object.fromEntries(
    Object.entries(node).map(([key, inner]) => {
      if (kind === 'Secret' && (key === 'data' || key === 'stringData')) return [key, hideAll(inner, of)];
      const secret = isSecretKey(key) || (isSecretVariable && key === 'value');
      const value = typeof inner === 'string' && isSecretValue(inner) && !isObjectName(key, inner);
      if (secret && value) return [key, of('secret', inner)];
      return [key, hideIn(inner, of)];
    }),
  );
}

function hideAll(node: unknown, of: PlaceholderOf): unknown {
  if (typeof node === 'string') return isSecretValue(node) ? of('secret', node) : node;
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, hideAll(inner, of)]));
}
