import type { EvidenceItem } from '../model.ts';
import { cloudResources } from './cloud-resources.ts';
import { engineContainers } from './docker-inspect.ts';
import type { ListedContainer } from './docker-ps.ts';
import { gcloudValues } from './gcloud-values.ts';
import { pickedObjects } from './picked-objects.ts';
import { storeMembers } from './store-members.ts';

/**
 * What no API server knows and is read as an object all the same: containers of an engine without Kubernetes, resources of a cloud, members of a
 * store; and objects of which somebody showed members under names of their own.
 */
export function objectsElsewhere({ text, command }: EvidenceItem, lines: readonly string[]): ListedContainer[] {
  const values = gcloudValues(text, command);
  return [
    ...(values === undefined ? [] : [{ object: values }]),
    ...pickedObjects(text, command ?? ''),
    ...engineContainers(lines, text, command),
    ...[...cloudResources(text, command), ...storeMembers(text)].map((object) => ({ object })),
  ];
}
