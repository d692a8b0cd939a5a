import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { type Edit, type Path, remove, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { pathOfWish } from '../wish.ts';
import { type FixContext, type Fixer, podSpecPath, type Question, titleOf } from './fixer.ts';

/** Where a volume's content is a claim of its own: what it asks for is no other content. */
const CLAIM = 'volumeClaimTemplate';

/** Whether policies take what the volume holds and only want something set beside it: another content would evade them. */
function isKept(context: FixContext, content: Path): boolean {
  const within = statedWishes(context).filter(({ wish }) => {
    const path = pathOfWish(wish);
    return path.length > content.length && content.every((key, at) => key === path[at]);
  });
  const settles = within.flatMap(({ wish }) => (wish.kind === 'edit' ? [wish.edit] : []));
  return (
    settles.length > 0 &&
    settles.every(({ op, path }) => {
      const now = valueAt(context.object, path);
      return op === 'set' && (now === undefined || typeof now === 'boolean' || path[content.length] === CLAIM);
    })
  );
}

/** Volumes: where data lives, only the owner of the program knows, so each other home is a choice. */
export const volumes: Fixer = {
  name: 'volumes',
  propose: () => [],
  ask(context) {
    const { object, siblings } = context;
    const pod = podSpecPath(object);
    const list = pod && valueAt(object, [...pod, 'volumes']);
    if (!pod || !Array.isArray(list)) return [];
    const namespace = valueAt(object, ['metadata', 'namespace']) ?? 'default';
    const claims = siblings.filter(
      ({ object: other }) =>
        other.kind === 'PersistentVolumeClaim' &&
        (valueAt(other, ['metadata', 'namespace']) ?? 'default') === namespace,
    );
    return list.flatMap((volume, i): Question[] => {
      if (!isObject(volume)) return [];
      const kind = Object.keys(volume).find((key) => key !== 'name');
      if (kind === undefined || ['configMap', 'secret', 'projected', 'downwardAPI', 'emptyDir'].includes(kind))
        return [];
      const path = [...pod, 'volumes', i];
      if (isKept(context, [...path, kind])) return [];
      const instead = (source: string, content: Json): Edit[] => [
        remove([...path, kind]),
        set([...path, source], content),
      ];
      const folder = valueAt(volume, [kind, 'path']);
      const what = `${kind} ${typeof folder === 'string' ? folder : ''}`.trim();
      return [
        {
          question: `What may take the place of volume ${volume.name} (${what})?`,
          path: [...path, kind],
          about: [kind.toLowerCase(), 'volume'],
          whole: true,
          // What policies on volumes accept most widely: an emptyDir may have to have a size.
          trial: instead('persistentVolumeClaim', { claimName: 'opsline' }),
          choices: [
            {
              value: { emptyDir: {} },
              source: 'Kubernetes: an empty folder as old as the pod, if nothing has to stay or come from the node',
              edits: instead('emptyDir', {}),
            },
            ...claims.slice(0, 4).map(({ object: claim, file }) => {
              const content = { claimName: String(valueAt(claim, ['metadata', 'name'])) };
              return {
                value: { persistentVolumeClaim: content },
                source: `${titleOf(claim)} in ${file}; its data has to be brought there`,
                edits: instead('persistentVolumeClaim', content),
              };
            }),
          ],
        },
      ];
    });
  },
};
