import type { KubeObject } from './violation.ts';

/** A pattern's key without its anchor: `=(name)`, `^(name)`, `X(name)`. */
const bare = (key: string): string => /^[+<=^X]?\((.*)\)$/.exec(key)?.[1] ?? key;

/** `metadata` read as a whole, or a part of it that may be the name; labels, annotations and the namespace are not. */
const METADATA = /\bmetadata\b(?!\s*\.\s*\??(?:labels|annotations|namespace)\b)/;
const REQUEST_NAME = /\brequest\s*\.\s*name\b/;
/** `metadata` read as a whole, or a part of it that may be the namespace. */
const METADATA_OF_PLACE = /\bmetadata\b(?!\s*\.\s*\??(?:labels|annotations|name|generateName)\b)/;
/** The object, or the request, used whole: any part of it may count. */
const WHOLE_REQUEST = /\brequest(?:\s*\.\s*(?:object|oldObject))?\b(?!\s*\.\s*\w)/;
const WHOLE_OBJECT = /(?<![.\w])(?:object|oldObject|request)\b(?!\s*\.\s*\??\w)/;

/** Keys whose text is CEL or JMESPath as a whole; elsewhere only what stands in `{{ }}` is. */
const JMESPATH_KEYS = new Set(['list', 'jmesPath']);

/** The name in a message, as it stands: what is said of an object under another name is told from it afterwards. */
const NAME_TOLD = /\{\{\s*request\.(?:object\.metadata\.)?name\s*\}\}/g;

function textMayName(key: string, whole: string): boolean {
  const text = key === 'message' ? whole.replaceAll(NAME_TOLD, '') : whole;
  return METADATA.test(text) || REQUEST_NAME.test(text) || readsWhole(key, text);
}

function readsWhole(key: string, text: string): boolean {
  if (/expression$/i.test(key)) return WHOLE_OBJECT.test(text);
  const parts = JMESPATH_KEYS.has(key) ? [text] : (text.match(/\{\{[\s\S]*?\}\}/g) ?? []);
  return parts.some((part) => WHOLE_REQUEST.test(part));
}

/** Whether some text below a part of a policy is so; keys say nothing there. */
const anyText = (value: unknown, is: (text: string) => boolean): boolean =>
  typeof value === 'string'
    ? is(value)
    : value !== null && typeof value === 'object' && Object.values(value).some((item) => anyText(item, is));

/** A context variable's value is data, whatever its keys are called; only expressions in it read the object. */
const isData = (key: string, name: string): boolean => key === 'variable' && name === 'value';

function mayName(value: unknown, key: string): boolean {
  if (typeof value === 'string') return textMayName(key, value);
  if (Array.isArray(value)) return value.some((item) => mayName(item, key));
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([raw, item]) => {
    const name = bare(raw);
    // Labels of namespaces, one of which has the namespace's name for its value.
    if (name === 'namespaceSelector') return false;
    if (isData(key, name)) return anyText(item, (text) => text.includes('{{') && textMayName(name, text));
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

const textMayPlace = (key: string, text: string): boolean =>
  /namespace/i.test(text) || METADATA_OF_PLACE.test(text) || readsWhole(key, text);

function mayPlace(value: unknown, key: string): boolean {
  if (typeof value === 'string') return textMayPlace(key, value);
  if (Array.isArray(value)) return value.some((item) => mayPlace(item, key));
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([raw, item]) => {
    const name = bare(raw);
    if (name === 'namespaceSelector') return false;
    if (isData(key, name)) return anyText(item, (text) => text.includes('{{') && textMayPlace(name, text));
    // What a binding refers to may be looked up where the object lives.
    if (name === 'paramRef' || /namespace/i.test(name)) return true;
    if (key === 'metadata' && /[*?]/.test(name)) return true;
    return mayPlace(item, name);
  });
}

/**
 * Whether what a Kyverno policy says may depend on the namespace an object lives in, apart from labels of that namespace. Errs on
 * the side of yes.
 */
export const looksAtPlaces = ({ kind, metadata, spec }: KubeObject): boolean =>
  kind === 'Policy' || metadata?.namespace !== undefined || mayPlace(spec, '');
