import { behind } from '../../../../src/evidence/calls.ts';
import { get } from '../../../../src/evidence/commands/kubectl.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asObject, isObject, strings, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';

/** Words in the name of a flag that makes a program misbehave on purpose. */
const ON_PURPOSE =
  /fail|error|unreachable|unavailable|fault|chaos|delay|slow|latency|leak|problem|flood|highcpu|manualgc|outage|crash|timeout/i;
const OFF = /^(?:off|false|none|disabled|)$/i;

/** Flags that a definition of flagd (https://flagd.dev/schema/v0/flags.json) has switched on. */
function switchedOn(definition: string): string[] {
  if (!definition.includes('"flags"')) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(definition);
  } catch {
    return [];
  }
  return Object.entries(asObject(asObject(parsed).flags)).flatMap(([key, flag]) => {
    if (!isObject(flag) || flag.state === 'DISABLED') return [];
    const variant = text(flag.defaultVariant) ?? '';
    const value = asObject(flag.variants)[variant];
    const on = typeof value === 'number' ? value > 0 : typeof value === 'boolean' ? value : !OFF.test(variant);
    return on ? [key] : [];
  });
}

interface Felt {
  readonly subject: ObjectRef | undefined;
  readonly citation: Citation;
}

/** Lines of logs that name the flag: programs say that they fail because of it. */
function tellsOf(view: View, flag: string): Felt[] {
  return view.scene.logs.flatMap((log) => {
    const line = log.lines.find(
      ({ text: said, level }) => level !== 'debug' && level !== 'info' && said.includes(flag),
    );
    if (line === undefined) return [];
    const citation = { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) };
    return [{ subject: subjectOf(view, log), citation }];
  });
}

/** Errors of the workload that the flag is named after (`productCatalogFailure`, `product-catalog`), or of who calls it. */
function suggested(view: View, flag: string): Felt[] {
  const key = flag.toLowerCase();
  const bare = (name: string) => name.replaceAll('-', '').replace(/(?:service|svc|server|api)$/, '');
  const workloads = view.pods
    .map(({ ref }) => workloadOf(view.scene, ref))
    .filter(({ name }) => bare(name).length > 1 && key.startsWith(bare(name)))
    .sort((a, b) => b.name.length - a.name.length);
  const [meant] = workloads;
  if (meant === undefined) return [];
  return view.scene.logs.flatMap((log) => {
    const subject = subjectOf(view, log);
    const own = subject?.name === meant.name;
    const line = log.lines.find(
      ({ text: said, level }) =>
        (level === 'error' || level === 'fatal') &&
        (own || said.toLowerCase().replaceAll(/[-_ ]/g, '').includes(bare(meant.name))),
    );
    if (line === undefined) return [];
    const citation = { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) };
    return [{ subject: meant, citation }];
  });
}

function draftOf(view: View, map: SceneObject, key: string, flag: string): Draft[] {
  const said = tellsOf(view, flag);
  const purpose = ON_PURPOSE.test(flag);
  const felt = said.length > 0 ? said : purpose ? suggested(view, flag) : [];
  if (!purpose && felt.length === 0) return [];
  const hit = felt.flatMap(({ subject }) => subject ?? []);
  const services = view.scene.objects.filter(
    ({ ref }) => ref.kind === 'Service' && hit.some(({ name }) => name === ref.name),
  );
  return [
    {
      object: { ...map.ref, path: `data.${key}` },
      summary: `${named(map.ref)} has the feature flag \`${flag}\` switched on${said.length > 0 ? ', and logs name it' : ''}: what fails by it fails on purpose`,
      confidence: said.length > 0 ? 0.92 : felt.length > 0 ? 0.84 : 0.5,
      severity: 'degraded',
      citations: [cite(map, flag) ?? citeAny(map), ...felt.slice(0, 2).map(({ citation }) => citation)],
      involves: [...hit, ...behind(view.scene, view.pods, services)],
      remedies: [
        look('Read the flags', get(map.ref, '-o', 'yaml')),
        change(`Set the default variant of \`${flag}\` to off`, 'low'),
      ],
    },
  ];
}

/** Feature flags of flagd that are switched on and make a program fail: by their name, or because logs say so. */
export function flagsThatHurt(view: View): Draft[] {
  return view.scene.objects
    .filter(({ ref }) => ref.kind === 'ConfigMap')
    .flatMap((map) =>
      Object.entries(strings(map.object.data)).flatMap(([key, definition]) =>
        switchedOn(definition).flatMap((flag) => draftOf(view, map, key, flag)),
      ),
    );
}
