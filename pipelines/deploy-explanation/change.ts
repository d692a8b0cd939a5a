import { asObject, at, number, objects, text } from '../../src/evidence/json.ts';
import { type Citation, sameObject } from '../../src/evidence/model.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { change } from './analyzers/analyzer.ts';
import type { Explanation, Finding, Remedy } from './schema.ts';
import { cite, inNamespace, type View } from './view.ts';

interface Difference {
  readonly what: string;
  readonly needle: string;
}

function revision(set: SceneObject): number | undefined {
  return number(at(set.object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'));
}

function envOf(container: unknown): Map<string, string> {
  return new Map(
    objects(at(container, 'env')).map((entry) => {
      const from = asObject(entry.valueFrom);
      const ref = asObject(from.secretKeyRef ?? from.configMapKeyRef);
      return [
        String(entry.name),
        text(entry.value) ?? (ref.name === undefined ? '' : `${String(ref.name)}/${String(ref.key)}`),
      ];
    }),
  );
}

function limits(container: unknown): string {
  return JSON.stringify(at(container, 'resources') ?? {});
}

/** What two pod templates differ in, in words: image, environment, command, resources, probes. */
export function differences(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = [];
  const olds = objects(at(before, 'containers'));
  for (const container of objects(at(after, 'containers'))) {
    const name = String(container.name);
    const old = olds.find((candidate) => candidate.name === container.name);
    if (old === undefined) {
      found.push({ what: `container ${name} added`, needle: name });
      continue;
    }
    if (old.image !== container.image)
      found.push({ what: `image ${String(old.image)} → ${String(container.image)}`, needle: String(container.image) });
    const oldEnv = envOf(old);
    const newEnv = envOf(container);
    for (const [key, value] of newEnv) {
      if (!oldEnv.has(key)) found.push({ what: `env ${key} added (${value})`, needle: key });
      else if (oldEnv.get(key) !== value)
        found.push({ what: `env ${key} ${oldEnv.get(key)} → ${value}`, needle: value || key });
    }
    for (const key of oldEnv.keys()) if (!newEnv.has(key)) found.push({ what: `env ${key} removed`, needle: key });
    if (limits(old) !== limits(container))
      found.push({ what: `resources ${limits(old)} → ${limits(container)}`, needle: 'resources' });
    for (const key of ['command', 'args', 'livenessProbe', 'readinessProbe', 'startupProbe'])
      if (JSON.stringify(old[key] ?? null) !== JSON.stringify(container[key] ?? null))
        found.push({ what: `${key} changed`, needle: name });
  }
  return found;
}

/** How well a difference fits the root: it names what the finding is about. */
function explains(difference: Difference, root: Finding): boolean {
  const words = `${root.summary} ${root.object.path ?? ''} ${root.citations.map((citation) => citation.quote).join(' ')}`;
  if (/^image/.test(difference.what)) return /^image|^registry|crash|module|syntax|command|exec/.test(root.kind);
  const key = /^env (\S+)/.exec(difference.what)?.[1];
  if (key !== undefined) return words.includes(key) || words.includes(difference.needle);
  if (/^resources/.test(difference.what)) return /oom|insufficient|quota|limit/.test(root.kind);
  return root.kind.includes(/^(\w+?)Probe/.exec(difference.what)?.[1] ?? '\0') || /command/.test(root.kind);
}

/**
 * The change between the ReplicaSet before and the newest one of the workload at fault, where both are in the evidence and
 * the difference fits the root.
 */
export function changeOf(
  view: View,
  root: Finding,
): { change: NonNullable<Explanation['change']>; remedies: Remedy[] } | undefined {
  const sets = view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'ReplicaSet' && at(object, 'spec', 'template', 'spec') !== undefined,
  );
  const concerned = [root.object, ...root.involves];
  const own = sets
    .filter((set) => concerned.some((ref) => sameObject(ref, workloadOf(view.scene, set.ref))))
    .sort((a, b) => (revision(a) ?? 0) - (revision(b) ?? 0));
  const [before, after] = own.slice(-2);
  if (before === undefined || after === undefined || revision(before) === undefined || revision(after) === undefined)
    return undefined;
  const all = differences(at(before.object, 'spec', 'template', 'spec'), at(after.object, 'spec', 'template', 'spec'));
  const fitting = all.filter((difference) => explains(difference, root));
  const told = fitting.length > 0 ? fitting : all.length <= 2 ? all : [];
  if (told.length === 0) return undefined;
  const citations = told.flatMap((difference): Citation[] => {
    const now = cite(after, difference.needle) ?? cite(before, difference.needle);
    const old = /env (\S+)/.exec(difference.what)?.[1];
    const was = old === undefined ? undefined : cite(before, old);
    return [now, was].filter((citation) => citation !== undefined);
  });
  const workload = workloadOf(view.scene, after.ref);
  const summary = `revision ${revision(before)} → ${revision(after)}: ${told.map((difference) => difference.what).join(', ')}`;
  return {
    change: { summary, object: workload, citations: citations.slice(0, 6) },
    remedies: [
      change(
        `Revert it: go back to revision ${revision(before)} (${told.map((difference) => difference.what).join(', ')})`,
        'low',
        workload.kind === 'Deployment'
          ? `kubectl rollout undo deployment/${workload.name}${inNamespace(workload)} --to-revision=${revision(before)}`
          : undefined,
      ),
    ],
  };
}
