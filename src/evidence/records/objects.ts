import { asArray, isObject, type Json, strings } from '../../json.ts';
import type { CommandHints } from '../command.ts';
import { kindOf } from '../kinds.ts';
import { readyCondition, taintsIn } from '../parse/node-words.ts';
import { rowObject } from '../parse/rows.ts';
import { pythonValue } from '../recorded/python-literal.ts';
import { cell, cellsIn, kindIn, nameIn, under } from './fields.ts';
import type { TextRecord } from './read.ts';

type Fields = TextRecord['fields'];

/** Kinds whose rows are read here; of others a name says that they exist. */
const WORKLOAD = /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)$/;

/** `2/2`, `2 of 2`, or numbers under two names, as kubectl counts. */
function readyCell(kind: string, cells: Readonly<Record<string, string>>): string {
  const ready = cells.READY ?? '';
  const counts = [ready, cells.DESIRED ?? ''].find((said) => /^\d+ ?(?:\/|of) ?\d+$/.test(said));
  if (counts !== undefined) return counts.replace(/ ?(?:\/|of) ?/, '/');
  if (/^true$/i.test(ready)) return '1/1';
  if (/^false$/i.test(ready)) return '0/1';
  return WORKLOAD.test(kind) && /^\d+$/.test(ready) && /^\d+$/.test(cells.DESIRED ?? '')
    ? `${ready}/${cells.DESIRED}`
    : '';
}

const portNumber = (said: string): number | string => (/^\d+$/.test(said) ? Number(said) : said);

/** Ports of a Service: objects of the API, `80->8080/TCP`, `80:8080/TCP`, or the parts under names of their own. */
function portsOf(fields: Fields, cells: Readonly<Record<string, string>>): Json[] {
  const given = asArray(under(fields, /^(?:service )?ports?$/)).filter((one) => isObject(one));
  if (given.length > 0)
    return given.map((one) => {
      const target = one.targetPort ?? one.target_port ?? one.target;
      return { ...one, ...(target === undefined || target === null ? {} : { targetPort: target }) };
    });
  const targets = (cells['TARGET PORT'] ?? '').split(',').map((one) => one.trim());
  return (cells.PORTS ?? '').split(',').flatMap((part, index): Json[] => {
    const [, port, arrow, protocol] = /^\s*(\d+)(?:\s*(?:->|→|=>)\s*([\w-]+))?(?:\/([A-Z]+))?\s*$/.exec(part) ?? [];
    if (port === undefined) return [];
    const target = arrow ?? targets[index] ?? '';
    const said = protocol ?? cells.PROTOCOL;
    return [
      {
        port: Number(port),
        ...(target === '' ? {} : { targetPort: portNumber(target) }),
        ...(said === undefined || said === '' ? {} : { protocol: said }),
      },
    ];
  });
}

const pairsIn = (said: string): Record<string, string> =>
  Object.fromEntries(
    said
      .replace(/^\{|\}$/g, '')
      .split(/,\s*/)
      .flatMap((pair) => {
        const [, key, value] = /^'?([\w./-]+)'?\s*[=:]\s*'?([^']*)'?$/.exec(pair) ?? [];
        return key === undefined || value === undefined ? [] : [[key, value]];
      }),
  );

function taintsOf(value: unknown): Json[] {
  const list = asArray(value).length > 0 ? asArray(value) : cell(value).split(/,\s*/);
  return list.flatMap(taintsIn);
}

/** Rules of a policy as the API has them; that there are none counts where the policy says that it is of this direction. */
function areRules(said: unknown, types: string, direction: string): boolean {
  if (!Array.isArray(said)) return false;
  return said.length === 0 ? types.split(/,\s*/).includes(direction) : said.every((one) => isObject(one));
}

/** Conditions as the API has them, or as a map from types to what is so. */
function conditionsOf(said: unknown): Json[] {
  const map = Object.entries(strings(said)).map(([type, status]) => ({ type, status }));
  return [...asArray(said).filter((one) => isObject(one)), ...map].filter(
    ({ type, status }) => typeof type === 'string' && /^(?:True|False|Unknown)$/.test(String(status)),
  );
}

/** What the columns of `kubectl get` do not show of such a thing, and tools do. */
function moreOf(kind: string, fields: Fields, cells: Readonly<Record<string, string>>): Json {
  switch (kind) {
    case 'Service': {
      const ports = portsOf(fields, cells);
      const selector = pairsIn(cells.SELECTOR ?? '');
      return {
        spec: {
          ...(cells.TYPE ? { type: cells.TYPE } : {}),
          ...(/^[\d.]+$/.test(cells['CLUSTER-IP'] ?? '') ? { clusterIP: cells['CLUSTER-IP'] } : {}),
          ...(Object.keys(selector).length > 0 ? { selector } : {}),
          ...(ports.length > 0 ? { ports } : {}),
        },
      };
    }
    case 'Node': {
      const taints = taintsOf(under(fields, /^taints$/));
      const size = { cpu: cells.CPU, memory: cells.MEMORY };
      const words = (cells.STATUS ?? '').split(/,\s*/);
      const ready = readyCondition(words[0] ?? '');
      const conditions = conditionsOf(under(fields, /^conditions$/));
      const cordoned = /^true$/i.test(cells.UNSCHEDULABLE ?? '') || words.includes('SchedulingDisabled');
      return {
        spec: { ...('TAINTS' in cells ? { taints } : {}), unschedulable: cordoned },
        status: {
          ...(conditions.length === 0 && ready === undefined
            ? {}
            : { conditions: conditions.length > 0 ? conditions : [ready] }),
          ...(size.cpu && size.memory ? { capacity: size, allocatable: size } : {}),
        },
      };
    }
    case 'Endpoints': {
      const ready = cells.ENDPOINTS ?? cell(under(fields, /^ready$/));
      return { addresses: ready === '' || ready === '0' ? [] : ready.split(/,\s*/) };
    }
    case 'Job': {
      const count = (words: RegExp) => Number(cell(under(fields, words)) || Number.NaN);
      const [done, failed, wanted] = [
        count(/^succeeded(?: pods)?$/),
        count(/^failed(?: pods)?$/),
        count(/^completions$/),
      ];
      if (!Number.isFinite(done)) return {};
      return {
        ...(Number.isFinite(wanted) ? { spec: { completions: wanted } } : {}),
        status: {
          succeeded: done,
          ...(failed > 0 ? { failed } : {}),
          ...(Number.isFinite(wanted) && done >= wanted ? { conditions: [{ type: 'Complete', status: 'True' }] } : {}),
        },
      };
    }
    case 'NetworkPolicy': {
      const ingress = under(fields, /^ingress(?: rules)?$/);
      const egress = under(fields, /^egress(?: rules)?$/);
      const types = cell(under(fields, /^(?:policy )?types$/));
      return {
        spec: {
          podSelector:
            Object.keys(pairsIn(cells.SELECTOR ?? '')).length > 0 ? { matchLabels: pairsIn(cells.SELECTOR ?? '') } : {},
          ...(types === '' ? {} : { policyTypes: types.split(/,\s*/) }),
          ...(areRules(ingress, types, 'Ingress') ? { ingress } : {}),
          ...(areRules(egress, types, 'Egress') ? { egress } : {}),
        },
      };
    }
    default:
      return {};
  }
}

/** Rules of an Ingress: below its own name, or one that stands in a row of its own. */
function rulesOf(fields: Fields, cells: Readonly<Record<string, string>>): Json[] {
  const said = under(fields, /^(?:ingress )?(?:rules|routes|paths|backends)$/);
  const listed = asArray(typeof said === 'string' ? pythonValue(/^\s*\[/.test(said) ? said : `[${said}]`) : said);
  const rules = listed.filter((one) => isObject(one));
  if (rules.some((one) => isObject(one.http))) return rules;
  return rules.length === 0 ? ruleOf(cells) : rules.flatMap((one) => ruleOf({ ...cells, ...cellsIn(one) }));
}

/** A rule by the cells of one row. */
function ruleOf(cells: Readonly<Record<string, string>>): Json[] {
  const [, service, port] = /^([a-z0-9][a-z0-9.-]*):([\w-]+)$/.exec(cells.BACKEND ?? '') ?? [];
  if (service === undefined || port === undefined) return [];
  const number = portNumber(port);
  const backend = { service: { name: service, port: typeof number === 'number' ? { number } : { name: number } } };
  const path = { path: cells.PATH || '/', pathType: 'Prefix', backend };
  return [{ ...(cells.HOSTS && cells.HOSTS !== '*' ? { host: cells.HOSTS } : {}), http: { paths: [path] } }];
}

/** What only one kind has: a Service its address, a pod its restarts, a node its version and size or taints. */
function kindByFields(cells: Readonly<Record<string, string>>): string | undefined {
  if ('CLUSTER-IP' in cells) return 'Service';
  if ('RESTARTS' in cells && 'STATUS' in cells) return 'Pod';
  const isNode = 'VERSION' in cells && ('TAINTS' in cells || (cells.CPU !== undefined && cells.MEMORY !== undefined));
  return isNode && /^(?:Not)?Ready/.test(cells.STATUS ?? '') ? 'Node' : undefined;
}

export interface RecordObject {
  readonly object: Json;
  readonly index: number;
}

/**
 * Objects of the API as far as such records show them: of the kind that each says itself, else of the one that was asked for. Rows of one
 * Ingress are one. Empty where the records are of other things.
 */
export function objectsInRecords(records: readonly TextRecord[], hints: CommandHints | undefined): RecordObject[] {
  const asked = hints?.verb === 'get' && hints.kind !== undefined ? kindOf(hints.kind) : undefined;
  const found: RecordObject[] = [];
  const ingresses = new Map<string, Json[]>();
  for (const { fields, index } of records) {
    if (isObject(fields.metadata) || fields.apiVersion !== undefined) return [];
    // Pods with their containers are read as summaries of objects.
    if (
      [fields.containers, fields.container_statuses, fields.containerStatuses].some((one) =>
        asArray(one).some((inner) => isObject(inner)),
      )
    )
      return [];
    const cells = cellsIn(fields);
    const own = kindIn(fields);
    const kind = (own === undefined ? undefined : kindOf(own)) ?? asked ?? kindByFields(cells);
    const name = nameIn(fields, kind);
    if (name === undefined) return [];
    const slashed = name.includes('/') ? kindOf(name.split('/')[0] ?? '') : undefined;
    const actual = slashed ?? kind;
    if (actual === undefined || actual === 'Event') return [];
    const row = {
      ...cells,
      NAME: name,
      READY: actual === 'Pod' || WORKLOAD.test(actual) ? readyCell(actual, cells) : (cells.READY ?? ''),
      // The host of a pod is its node.
      ...(actual === 'Pod' ? { RESTARTS: cells.RESTARTS ?? '0', NODE: cells.NODE ?? cells.HOSTS ?? '' } : {}),
    };
    // That a pod runs does not say whether it is ready, and a workload of which nothing is counted is only a name.
    const telling = actual === 'Pod' ? row.READY !== '' || !/^running$/i.test(cells.STATUS ?? 'running') : true;
    const [made] = telling ? rowObject(actual, row, hints, index) : [];
    if (made === undefined) continue;
    const more = moreOf(actual, fields, cells);
    const object: Json = { ...made.object, ...more };
    if (actual === 'Node')
      Object.assign(object, {
        metadata: {
          ...(isObject(made.object.metadata) ? made.object.metadata : {}),
          labels: pairsIn(cells.LABELS ?? ''),
        },
      });
    if (actual === 'Ingress') {
      const rules = rulesOf(fields, cells);
      const before = ingresses.get(name);
      if (before !== undefined) {
        before.push(...rules);
        continue;
      }
      ingresses.set(name, rules);
      if (rules.length > 0) Object.assign(object, { spec: { ...(isObject(object.spec) ? object.spec : {}), rules } });
    }
    found.push({ object, index });
    if (actual === 'Service' && 'ENDPOINTS' in cells) found.push(...endpointsOf(name, cells, hints, index));
  }
  return found;
}

/** What stands behind a Service beside it: addresses, or how many. */
function endpointsOf(
  name: string,
  cells: Readonly<Record<string, string>>,
  hints: CommandHints | undefined,
  index: number,
): RecordObject[] {
  const said = cells.ENDPOINTS ?? '';
  return rowObject(
    'Endpoints',
    { NAME: name, NAMESPACE: cells.NAMESPACE ?? '', ENDPOINTS: /^0?$/.test(said) ? '<none>' : said },
    hints,
    index,
  ).map(({ object }) => ({ object, index }));
}
