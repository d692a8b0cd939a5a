import { sameObject } from '../../../src/evidence/model.ts';
import { at, objects, text } from '../../../src/json.ts';
import type { Finding } from '../schema.ts';
import type { View } from '../view.ts';

const ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * Commits that an Argo CD Application of the evidence names: `bad` is what it synced or tried to last, `good` the newest other
 * revision of its history (which holds syncs that succeeded), and `path` the folder it deploys. Of several Applications the
 * one that manages the root's object.
 */
export function revisionsIn(view: View, root: Finding): { good?: string; bad?: string; path?: string } {
  const applications = view.scene.objects.filter(({ ref }) => ref.kind === 'Application');
  const manages = (application: unknown) =>
    objects(at(application, 'status', 'resources')).some(({ kind, name, namespace }) =>
      [root.object, ...root.involves].some((ref) =>
        sameObject(ref, {
          kind: String(kind),
          name: String(name),
          ...(typeof namespace === 'string' ? { namespace } : {}),
        }),
      ),
    );
  const own = applications.filter(({ ref, object }) => sameObject(ref, root.object) || manages(object));
  const chosen = (own.length > 0 ? own : applications.length === 1 ? applications : [])[0]?.object;
  if (chosen === undefined) return {};
  const id = (value: unknown): string | undefined => (ID.test(text(value) ?? '') ? text(value) : undefined);
  const bad =
    id(at(chosen, 'status', 'operationState', 'syncResult', 'revision')) ??
    id(at(chosen, 'status', 'sync', 'revision'));
  const history = objects(at(chosen, 'status', 'history')).map((entry) => id(entry.revision));
  const good = history.findLast((revision) => revision !== undefined && revision !== bad);
  const path = text(at(chosen, 'spec', 'source', 'path'));
  return {
    ...(good === undefined ? {} : { good }),
    ...(bad === undefined ? {} : { bad }),
    ...(path === undefined ? {} : { path }),
  };
}
