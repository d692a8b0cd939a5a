import { isObject, type Json } from '../../../json.ts';

/** `PodIP` is `podIP`, `HTTPGet` is `httpGet`, `ObjectMeta` is `metadata`: fields of Go's types in the names of the API. */
export function fieldOfGo(name: string): string {
  if (name === 'ObjectMeta' || name === 'ListMeta') return 'metadata';
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (head) => head.toLowerCase());
}

/** Whether a printed type is an object of the API, not one of its parts: a template has metadata, too, and no name. */
const isWhole = (value: Json): boolean => isObject(value.metadata) && typeof value.metadata.name === 'string';

/** An object that is known by the name of its type alone (`Pod { metadata: … }`), with its kind. Parts are as they are. */
export function withKind(value: unknown, type: string): unknown {
  if (!isObject(value) || 'kind' in value || !isWhole(value)) return value;
  return { kind: type.replace(/^.*\./, '').replace(/^V\d(?:alpha\d|beta\d)?(?=[A-Z])/, ''), ...value };
}
