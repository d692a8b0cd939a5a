import { addressesOf, behind } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { exec } from '../../../../src/evidence/commands/kubectl.ts';
import type { EvidenceItem, ObjectRef } from '../../../../src/evidence/model.ts';
import { parsed } from '../../../../src/evidence/parse/stored-logs.ts';
import { selectedBy, workloadOf } from '../../../../src/evidence/relations.ts';
import { asObject, isObject, number, objects, text } from '../../../../src/json.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { ranIn } from '../startup/ran-in.ts';

/** A fault that Toxiproxy injects into one of its proxies (https://github.com/Shopify/toxiproxy#toxics). */
interface Toxic {
  readonly proxy: string;
  readonly listen: string;
  readonly upstream: string;
  readonly name: string;
  readonly type: string;
  readonly amount: string;
  readonly item: EvidenceItem;
  /** The line of the item that shows it. */
  readonly index: number;
}

/** A line of `toxiproxy-cli inspect`, and its head. */
const LINE = /^(\S+):\s+type=(\w+)\s+stream=\w+\s+toxicity=([\d.]+)\s+attributes=\[\s*(.*?)\s*\]/;
const HEAD = /^Name: (\S+)\s+Listen: (\S+)\s+Upstream: (\S+)/;

/** Toxics that only slow down what passes. */
const SLOWS = /^(?:latency|bandwidth|slow_close|slicer)$/;

/** Units of the attributes. */
const UNITS: Readonly<Record<string, string>> = {
  latency: ' ms',
  jitter: ' ms',
  timeout: ' ms',
  rate: ' KB/s',
  bytes: ' bytes',
};

/** `latency 2600 ms, jitter 300 ms` of a `latency`, the largest first: what is zero is not said. */
function amountOf(type: string, attributes: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(attributes)
    .flatMap(([key, value]) => (Number(value) > 0 ? [[key, Number(value)] as const] : []))
    .sort((a, b) => b[1] - a[1])
    .map(([key, value]) => `${key} ${value}${UNITS[key] ?? ''}`)
    .join(', ');
  return said === '' || said.startsWith(type) ? said || type : `${type}: ${said}`;
}

function inspected(item: EvidenceItem): Toxic[] {
  if (!item.text.includes('toxicity=')) return [];
  let [proxy, listen, upstream] = ['', '', ''];
  return item.text.split('\n').flatMap((line, index): Toxic[] => {
    const head = HEAD.exec(line);
    if (head !== null) [, proxy = '', listen = '', upstream = ''] = head;
    const [, name = '', type = '', toxicity, attributes = ''] = LINE.exec(line) ?? [];
    if (proxy === '' || !(Number(toxicity) > 0)) return [];
    const pairs = attributes.split(/\s+/).map((pair) => pair.split('='));
    return [{ proxy, listen, upstream, name, type, amount: amountOf(type, Object.fromEntries(pairs)), item, index }];
  });
}

/** Proxies as the API of Toxiproxy gives them: one, or a map of all. */
function answered(item: EvidenceItem): Toxic[] {
  if (!item.text.includes('"toxics"')) return [];
  const answer = asObject(parsed(item.text));
  const proxies = 'toxics' in answer ? [answer] : Object.values(answer);
  const lines = item.text.split('\n');
  return proxies.filter(isObject).flatMap((one) =>
    objects(one.toxics).flatMap((toxic): Toxic[] => {
      const [name, type] = [text(toxic.name) ?? '', text(toxic.type) ?? ''];
      if (!((number(toxic.toxicity) ?? 0) > 0)) return [];
      return [
        {
          proxy: text(one.name) ?? '',
          listen: text(one.listen) ?? '',
          upstream: text(one.upstream) ?? '',
          name,
          type,
          amount: amountOf(type, asObject(toxic.attributes)),
          item,
          index: Math.max(
            0,
            lines.findIndex((line) => line.includes(`"${name}"`)),
          ),
        },
      ];
    }),
  );
}

/** What runs the proxy: where it was asked, or the workload that is called after it and listens at the proxy's port. */
function runnerOf(view: View, { item }: Toxic): ObjectRef {
  const asked = ranIn(view, item);
  if (asked !== undefined) return asked;
  const pod = view.pods.find(({ containers }) =>
    containers.some(({ spec }) => /(?:^|\/)toxiproxy(?:[:@]|$)/.test(text(spec.image) ?? '')),
  );
  return pod === undefined ? { kind: 'Deployment', name: 'toxiproxy' } : workloadOf(view.scene, pod.ref);
}

/** Faults of Toxiproxy, each with those who are told to call through it. */
export function toxicsOf(view: View): Draft[] {
  return view.scene.items
    .flatMap((item) => [...inspected(item), ...answered(item)])
    .map((toxic): Draft => {
      const { proxy, listen, upstream, name, type, amount, index } = toxic;
      const runner = runnerOf(view, toxic);
      const services = view.scene.objects.filter(
        (service) =>
          service.ref.kind === 'Service' &&
          (service.ref.name === runner.name ||
            selectedBy(view.scene, service, view.pods).some(
              (one) => one.kind === runner.kind && one.name === runner.name,
            )),
      );
      const hosts = new Set([runner.name, ...services.map(({ ref }) => ref.name)]);
      const port = Number(/:(\d+)$/.exec(listen)?.[1]);
      const callers = addressesOf(view.scene)
        .filter((one) => hosts.has(one.host.split('.')[0] ?? '') && one.port === port)
        .map(({ workload }) => workload);
      const who = [...new Set(callers.map(named))];
      return {
        object: runner,
        summary: `Toxiproxy (${named(runner)}) injects a fault (${amount}) into its proxy \`${proxy}\` to ${upstream}${who.length === 0 ? '' : `, through which ${who.slice(0, 3).join(', ')} ${who.length === 1 ? 'calls' : 'call'} it`}: what fails there fails on purpose`,
        confidence: 0.93,
        severity: SLOWS.test(type) ? 'degraded' : 'failed',
        citations: [citeLines(toxic.item, index)],
        involves: [runner, ...callers, ...behind(view.scene, view.pods, services)],
        remedies: [
          look('Read the toxics of the proxy', exec(runner, undefined, ['/toxiproxy-cli', 'inspect', proxy])),
          change(
            'Remove the toxic',
            'low',
            exec(runner, undefined, ['/toxiproxy-cli', 'toxic', 'remove', '--toxicName', name, proxy]),
          ),
        ],
      };
    });
}
