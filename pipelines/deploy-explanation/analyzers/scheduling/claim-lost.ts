import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { usesOf } from '../../../../src/evidence/relations.ts';
import { at, text } from '../../../../src/json.ts';
import { cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

export const claimLost: Analyzer = {
  kind: 'volume-claim-lost',
  stage: 'scheduling',
  depth: DEPTH.scheduling - 2,
  title: 'The volume of a claim is gone',
  about: 'A PersistentVolumeClaim is Lost: the PersistentVolume that it was bound to does not exist any more.',
  remedy:
    'Restore the volume (or make one of its disk again under the same name), or make the claim anew from a backup.',
  find: (view) =>
    view.scene.objects.flatMap((claim): Draft[] => {
      if (claim.ref.kind !== 'PersistentVolumeClaim' || text(at(claim.object, 'status', 'phase')) !== 'Lost') return [];
      const volume = text(at(claim.object, 'spec', 'volumeName'));
      const users = view.pods.filter(({ source }) =>
        usesOf(source.object.spec).some((use) => use.kind === 'PersistentVolumeClaim' && use.name === claim.ref.name),
      );
      return [
        {
          object: claim.ref,
          summary: `${named(claim.ref)} is Lost: its volume${volume === undefined ? '' : ` \`${volume}\``} does not exist any more`,
          confidence: 0.93,
          severity: 'failed',
          citations: [cite(claim, 'Lost') ?? citeAny(claim)],
          involves: users.map(({ ref }) => ref),
          remedies: [
            look('See what it was bound to', describe(claim.ref)),
            change('Make the PersistentVolume of its disk again, or restore the claim from a backup', 'high'),
          ],
        },
      ];
    }),
};
