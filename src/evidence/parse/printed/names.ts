import { isObject } from '../../../json.ts';

/** `PodIP` is `podIP`, `HTTPGet` is `httpGet`, `ObjectMeta` is `metadata`: fields of Go's types in the names of the API. */
export function fieldOfGo(name: string): string {
  if (name === 'ObjectMeta' || name === 'ListMeta') return 'metadata';
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (head) => head.toLowerCase());
}

/** Whether a printed type is one of the API's own, not one of its parts. */
const isWhole = (value: object): boolean =>
  'metadata' in value &&
  ('spec' in value ||
    'status' in value ||
    'involvedObject' in value ||
    'involved_object' in value ||
    'data' in value ||
    'subsets' in value);

/** An object that is known by the name of its type alone (`Pod { metadata: … }`), with its kind. Parts are as they are. */
export function withKind(value: unknown, type: string): unknown {
  if (!isObject(value) || 'kind' in value || !isWhole(value)) return value;
  return { kind: type.replace(/^.*\./, '').replace(/^V\d(?:alpha\d|beta\d)?(?=[A-Z])/, ''), ...value };
}
