import { labelOf, nameOf } from '../../../../src/evidence/commands/names.ts';
import { type Command, command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import type { View } from '../../view.ts';

/** `argocd app VERB NAME`, with the namespace of an Application that is not in Argo CD's own. */
export function appCommand(verb: string, app: ObjectRef): Command | undefined {
  const name = nameOf(app);
  const elsewhere = app.namespace !== undefined && app.namespace !== 'argocd';
  const space = labelOf(app.namespace);
  const called = !elsewhere ? name : name === undefined || space === undefined ? undefined : `${space}/${name}`;
  return command('argocd', 'app', verb, called);
}

export function applications(view: View): SceneObject[] {
  return view.scene.objects.filter(({ ref }) => ref.kind === 'Application');
}
