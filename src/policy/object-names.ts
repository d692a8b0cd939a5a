import type { KubeObject } from './violation.ts';

/** A pattern's key without its anchor: `=(name)`, `^(name)`, `X(name)`. */
const bare = (key: string): string => /^[+<=^X]?\((.*)\)$/.exec(key)?.[1] ?? key;

/** `metadata` read as a whole, or a part of it that may be the name; labels, annotations and the namespace are not. */
const METADATA = /\bmetadata\b(?!\s*\.\s*\??(?:labels|annotations|namespace)\b)/;
const REQUEST_NAME = /\brequest\s*\.\s*name\b/;
/** The object, or the request, used whole: any part of it may count. */
const WHOLE_REQUEST = /\brequest(?:\s*\.\s*(?:object|oldObject))?\b(?!\s*\.\s*\w)/;
const WHOLE_OBJECT = /(?<![.\w])(?:object|oldObject|request)\b(?!\s*\.\s*\??\w)/;

/** Keys whose text is CEL or JMESPath as a whole; elsewhere only what stands in `{{ }}` is. */
const JMESPATH_KEYS = new Set(['list', 'jmesPath']);

function textMayName(key: string, text: string): boolean {
  if (METADATA.test(text) || REQUEST_NAME.test(text)) return true;
  if (/expression$/i.test(key)) return WHOLE_OBJECT.test(text);
  const parts = JMESPATH_KEYS.has(key) ? [text] : (text.match(/\{\{[\s\S]*?\}\}/g) ?? []);
  return parts.some((part) => WHOLE_REQUEST.test(part));
}

function mayName(value: unknown, key: string): boolean {
  if (typeof value === 'string') return textMayName(key, value);
  if (Array.isArray(value)) return value.some((item) => mayName(item, key));
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([raw, item]) => {
    const name = bare(raw);
    if (name === 'resourceNames' && Array.isArray(item)) return true;
    // `match` and `exclude` describe objects under `resources`, patterns under `metadata`, where wildcards may stand for any key.
    if (key === 'resources' && /^names?$/.test(name)) return true;
    if (key === 'metadata' && /^(?:name|generateName)$|[*?]/.test(name)) return true;
    return mayName(item, name);
  });
}

/**
 * Whether what a Kyverno policy says may depend on an object's name. Errs on the side of yes: a candidate under another
 * name would then be another question.
 */
export function looksAtNames(policy: KubeObject): boolean {
  return mayName(policy.spec, '');
}
