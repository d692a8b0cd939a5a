import { readCommand } from './command.ts';
import type { ObjectRef } from './model.ts';
import { workloadOf } from './relations.ts';
import type { Scene } from './scene.ts';

interface RolledOut {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly source: string;
  readonly line: number;
}

/** What `kubectl rollout status` says when every replica is of the new revision and available. */
const DONE = /^[a-z ]+ "([\w.-]+)" successfully rolled out$/;

/** The workload of which a line of `kubectl rollout status` says that it was rolled out. */
export const rolledOutIn = (line: string): string | undefined => DONE.exec(line.trim())?.[1];

function rolledOut(scene: Scene): RolledOut[] {
  return scene.items.flatMap(({ command, text, source, lines }) => {
    if (command === undefined || !/^(?:kubectl|oc) .*\brollout status\b/.test(command)) return [];
    const name = text
      .split('\n')
      .map(rolledOutIn)
      .findLast((one) => one !== undefined);
    if (name === undefined) return [];
    return [{ name, namespace: readCommand(command).namespace, source: source.name, line: lines.from }];
  });
}

/** The scene without warnings about pods of a workload that, later in the same transcript, was said to be rolled out: they are over. */
export function withoutOvercome(scene: Scene): Scene {
  const done = rolledOut(scene);
  if (done.length === 0) return scene;
  const isOver = (ref: ObjectRef | undefined, source: string, line: number): boolean => {
    if (ref === undefined) return false;
    const of = workloadOf(scene, ref);
    return done.some(
      (one) =>
        one.name === of.name &&
        one.source === source &&
        one.line > line &&
        (one.namespace === undefined || of.namespace === undefined || one.namespace === of.namespace),
    );
  };
  return {
    ...scene,
    events: scene.events.filter(
      ({ type, object, item }) => type !== 'Warning' || !isOver(object, item.source.name, item.lines.from),
    ),
  };
}
