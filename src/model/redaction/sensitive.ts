import { isSecretValue } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';

/*
 * What Terraform and OpenTofu mark as sensitive in states, plans and outputs (https://developer.hashicorp.com/terraform/internals/json-format):
 * `sensitive: true` beside a `value`, a mask of the same shape (`sensitive_values`, `after_sensitive`), or paths
 * (`sensitive_attributes`). States of older versions do not mark what `random_password` and keys made here are by their kind.
 */

const MASKED: readonly (readonly [values: string, mask: string])[] = [
  ['values', 'sensitive_values'],
  ['after', 'after_sensitive'],
  ['before', 'before_sensitive'],
];
/** Attributes that are secret by the resource's type. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  random_password: ['result', 'bcrypt_hash'],
  tls_private_key: ['private_key_pem', 'private_key_openssh', 'private_key_pem_pkcs8'],
};

type Members = Readonly<Record<string, unknown>>;
const isMembers = (node: unknown): node is Members => typeof node === 'object' && node !== null;

/** The texts in a value that it marks as sensitive itself. */
function sensitiveTexts(node: unknown): string[] {
  const found: string[] = [];
  walk(node, undefined);
  return found.filter((text) => text.length >= 4 && isSecretValue(text));

  function walk(value: unknown, type: string | undefined): void {
    if (!isMembers(value)) return;
    if (Array.isArray(value)) {
      for (const item of value) walk(item, type);
      return;
    }
    const own = typeof value.type === 'string' ? value.type : type;
    if (value.sensitive === true && 'value' in value) leaves(value.value);
    for (const [values, mask] of MASKED) if (values in value && mask in value) masked(value[values], value[mask]);
    const attributes = value.attributes;
    if (isMembers(attributes) && Array.isArray(value.sensitive_attributes))
      for (const path of value.sensitive_attributes) leaves(at(attributes, path));
    for (const key of OWN[own ?? ''] ?? []) if (key in value) leaves(value[key]);
    for (const inner of Object.values(value)) walk(inner, own);
  }

  function masked(value: unknown, mask: unknown): void {
    if (mask === true) leaves(value);
    else if (isMembers(value) && isMembers(mask))
      for (const [key, inner] of Object.entries(mask)) masked(value[key], inner);
  }

  function leaves(value: unknown): void {
    if (typeof value === 'string') found.push(value);
    else if (isMembers(value)) for (const inner of Object.values(value)) leaves(inner);
  }
}

/** What a path of a state leads to: `[{ type: "get_attr", value: "result" }]`. */
function at(attributes: Members, path: unknown): unknown {
  if (!Array.isArray(path)) return undefined;
  return path.reduce<unknown>((inner, step) => {
    const key = isMembers(step) ? (isMembers(step.value) ? step.value.value : step.value) : undefined;
    return isMembers(inner) && (typeof key === 'string' || typeof key === 'number') ? inner[String(key)] : undefined;
  }, attributes);
}

/** A value without the texts that it marks as sensitive itself. */
export function hideSensitiveIn(value: unknown, of: PlaceholderOf): unknown {
  if (!isMembers(value)) return value;
  const secrets = new Set(sensitiveTexts(value));
  return secrets.size === 0 ? value : hide(value);

  function hide(node: unknown): unknown {
    if (typeof node === 'string') return secrets.has(node) ? of('secret', node) : node;
    if (Array.isArray(node)) return node.map(hide);
    if (!isMembers(node)) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, hide(inner)]));
  }
}

const MARKED = /"sensitive(?:_values|_attributes)?"|_sensitive"|"(?:random_password|tls_private_key)"/;
const RESOURCE = /^([ \t]*[-+~/<=> ]*)resource "(random_password|tls_private_key)" [^\n]*\{[ \t]*$/;
const ATTRIBUTE = /^[ \t]*[-+~ ]*(\w+)[ \t]*=/;
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;

/** Hides what a text of Terraform marks as sensitive: JSON that stands alone or between other lines, and resources in HCL. */
export function hideSensitive(text: string, of: PlaceholderOf): string {
  return hideResources(MARKED.test(text) ? hideInJson(text, of) : text, of);
}

/** JSON begins with a bracket at the head of a line and ends on it, or with its bracket alone at the head of one. */
function hideInJson(text: string, of: PlaceholderOf): string {
  const lines = text.split('\n');
  const shown: string[] = [];
  for (let from = 0; from < lines.length; ) {
    const line = lines[from] ?? '';
    const close = line.startsWith('{') ? '}' : line.startsWith('[') ? ']' : undefined;
    let to = from;
    if (close !== undefined && !line.trimEnd().endsWith(close)) {
      const end = lines.findIndex((other, index) => index > from && other.trimEnd() === close);
      to = end < 0 ? from : end;
    }
    const part = lines.slice(from, to + 1).join('\n');
    shown.push(close !== undefined && MARKED.test(part) ? hideInValue(part, of) : part);
    from = to + 1;
  }
  return shown.join('\n');
}

function hideInValue(text: string, of: PlaceholderOf): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const secrets = new Set(sensitiveTexts(value));
  if (secrets.size === 0) return text;
  return text.replace(QUOTED, (whole, inner: string, offset: number) => {
    // A name is none, though it may read the same.
    if (/^\s*:/.test(text.slice(offset + whole.length, offset + whole.length + 8))) return whole;
    const plain = inner.includes('\\') ? (JSON.parse(whole) as string) : inner;
    return secrets.has(plain) ? `"${of('secret', plain)}"` : whole;
  });
}

/** `resource "random_password" "db" { … result = "…" … }`, as `state show` and plans print it. */
function hideResources(text: string, of: PlaceholderOf): string {
  if (!text.includes('resource "random_password"') && !text.includes('resource "tls_private_key"')) return text;
  let own: readonly string[] = [];
  return text
    .split('\n')
    .map((line) => {
      const resource = RESOURCE.exec(line);
      if (resource !== null) own = OWN[resource[2] ?? ''] ?? [];
      else if (/^[ \t]*\}/.test(line)) own = [];
      if (!own.includes(ATTRIBUTE.exec(line)?.[1] ?? '')) return line;
      return line.replace(QUOTED, (whole, inner: string) =>
        isSecretValue(inner) ? `"${of('secret', inner)}"` : whole,
      );
    })
    .join('\n');
}
