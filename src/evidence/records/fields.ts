import { isObject, text } from '../../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `readyContainers`, `ready_containers`, `Ready containers` are the same words. */
export const wordsOf = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();

/** What tools call what a column of `kubectl get` shows. */
const COLUMNS: readonly (readonly [string, RegExp])[] = [
  ['NAMESPACE', /^(?:namespace|ns)$/],
  ['STATUS', /^(?:pod |node |current )?(?:status|state|phase)(?: reason)?$/],
  ['READY', /^(?:is )?ready(?: (?:containers|replicas|pods|count|status))?$|^(?:containers|replicas|pods) ready$/],
  ['RESTARTS', /^(?:total |container )?restarts?(?: counts?)?$/],
  ['AGE', /^(?:age|uptime)$/],
  ['IP', /^(?:pod )?ip(?: address)?$/],
  ['NODE', /^(?:node|node name|scheduled on|host node)$/],
  ['DESIRED', /^(?:desired|wanted|expected)(?: (?:replicas|pods|count))?$|^(?:spec )?replicas$/],
  ['UP-TO-DATE', /^(?:updated|up to date)(?: (?:replicas|pods))?$/],
  ['AVAILABLE', /^available(?: (?:replicas|pods))?$/],
  ['IMAGES', /^(?:container )?images?$/],
  ['TYPE', /^(?:service )?type$/],
  ['CLUSTER-IP', /^cluster ip$/],
  ['SELECTOR', /^(?:label |pod )?selectors?$/],
  ['PORTS', /^(?:service )?ports?(?: s)?$/],
  ['TARGET PORT', /^(?:target|container|backend) ports?$/],
  ['PROTOCOL', /^protocols?$/],
  ['ENDPOINTS', /^(?:ready )?(?:endpoints?|addresses|backends|endpoint (?:count|addresses))$/],
  ['CLASS', /^(?:ingress )?class(?: name)?$/],
  ['HOSTS', /^hosts?$/],
  ['PATH', /^paths?$/],
  ['BACKEND', /^(?:backend|service|backend service|target)$/],
  ['STORAGECLASS', /^(?:storage class|sc)(?: name)?$/],
  ['VERSION', /^(?:kubelet |node )?version$/],
  ['LABELS', /^labels$/],
  ['TAINTS', /^taints$/],
  ['CPU', /^(?:cpu|cpus|cores)(?: (?:capacity|cores))?$|^capacity cpu$/],
  ['MEMORY', /^(?:memory|mem)(?: (?:capacity|ki|mi|gi))?$|^capacity memory$/],
  ['UNSCHEDULABLE', /^(?:unschedulable|cordoned|scheduling disabled)$/],
];
const NAMES = /^(?:name|object|resource|resource name|object name|metadata name)$/;
const KIND = /^(?:kind|(?:resource|object|workload) (?:kind|type))$/;

/** The value under the first of the names that these words are. */
export function under(fields: Fields, words: RegExp): unknown {
  for (const [name, value] of Object.entries(fields)) if (words.test(wordsOf(name))) return value;
  return undefined;
}

export const kindIn = (fields: Fields): string | undefined => text(under(fields, KIND));

/** What a thing of this kind is called: under `name`, or what it is (`pod`, `serviceName`), a workload also under that. */
export function nameIn(fields: Fields, kind: string | undefined): string | undefined {
  const own = kind === undefined ? [] : [wordsOf(kind), kind.toLowerCase()];
  const called = Object.entries(fields).find(([name]) => {
    const words = wordsOf(name).replace(/ name$/, '');
    return (
      NAMES.test(words) ||
      own.includes(words) ||
      (words === 'workload' && /^(?:Deployment|StatefulSet|DaemonSet)?$/.test(kind ?? ''))
    );
  });
  const name = text(called?.[1])?.trim();
  return name !== undefined && /^(?:[A-Za-z.]+\/)?[a-z0-9][a-z0-9.-]*$/.test(name) ? name : undefined;
}

/** Words that stand for nothing. */
const NOTHING = /^(?:|-|none|null|nan|n\/a|<none>|<unset>|\[\]|\{\})$/i;

/** A value as a table shows it; empty for what holds more than one level. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.every((one) => !isObject(one)) ? value.map(String).join(',') : '';
  if (isObject(value)) {
    const pairs = Object.entries(value);
    return pairs.every(([, one]) => !isObject(one)) ? pairs.map(([key, one]) => `${key}=${String(one)}`).join(',') : '';
  }
  const said = String(value).trim();
  return NOTHING.test(said) ? '' : said;
}

/** The fields as cells under the columns that `kubectl get` has; those that it does not have are left out. */
export function cellsIn(fields: Fields): Record<string, string> {
  const cells: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    const column = COLUMNS.find(([, words]) => words.test(wordsOf(name)))?.[0];
    if (column !== undefined && cells[column] === undefined) cells[column] = cell(value);
  }
  return cells;
}
