import { labelOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { findObject } from '../../../../src/evidence/relations.ts';
import { at } from '../../../../src/json.ts';
import { distance } from '../../../../src/nearest.ts';
import type { View } from '../../view.ts';
import { change, DEPTH, look } from '../analyzer.ts';
import { messageAnalyzer } from '../message-analyzer.ts';

/** Namespaces that the evidence knows: of their own, or as the namespace of something. */
function nearby(view: View, name: string): string | undefined {
  const known = new Set(
    view.scene.objects.flatMap(({ ref }) =>
      ref.kind === 'Namespace' ? [ref.name] : ref.namespace === undefined ? [] : [ref.namespace],
    ),
  );
  known.delete(name);
  return [...known]
    .filter((other) => distance(other, name) <= 2)
    .sort((a, b) => distance(a, name) - distance(b, name))[0];
}

export const namespaceMissing = messageAnalyzer({
  kind: 'namespace-missing',
  stage: 'sync',
  depth: DEPTH.delivery,
  title: 'The namespace does not exist',
  about: 'An object is to go into a namespace that is not there: mistyped, or not created before.',
  remedy: 'Correct the namespace, or create it (Argo CD: CreateNamespace=true).',
  pattern: /namespaces "([^"]+)" not found|namespace "([^"]+)" not found/,
  confidence: 0.97,
  says: (match, _message, view) => {
    const name = match[1] ?? match[2] ?? '';
    const other = nearby(view, name);
    return `the namespace \`${name}\` does not exist${other === undefined ? '' : `; \`${other}\` does, so it is probably mistyped`}`;
  },
  object: (match, message, view) => {
    const name = match[1] ?? match[2] ?? '';
    // A mistyped one is corrected where it is set: what an Application deploys goes where that says.
    const application = message.object?.kind === 'Application' ? findObject(view.scene, message.object) : undefined;
    if (
      nearby(view, name) !== undefined &&
      application !== undefined &&
      at(application.object, 'spec', 'destination', 'namespace') === name
    )
      return { ...application.ref, path: 'spec.destination.namespace' };
    const placed = view.scene.objects.find(({ ref }) => ref.namespace === name && ref.kind !== 'Namespace')?.ref;
    return placed === undefined ? { kind: 'Namespace', name } : { ...placed, path: 'metadata.namespace' };
  },
  remedies: (match, message) => [
    look('See which namespaces there are', command('kubectl', 'get', 'namespaces')),
    change(`Correct the namespace \`${match[1] ?? match[2]}\` in the manifest`),
    change(
      'Create the namespace',
      'low',
      message.origin === 'argocd'
        ? undefined
        : command('kubectl', 'create', 'namespace', labelOf(match[1] ?? match[2])),
    ),
  ],
});
