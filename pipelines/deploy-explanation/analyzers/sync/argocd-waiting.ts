import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { ageSeconds } from '../../../../src/evidence/parse/table.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, text } from '../../../../src/json.ts';
import { millisOf } from '../../moments.ts';
import { cite, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { newestTime } from '../running/newest-time.ts';
import { appCommand, applications } from './argocd-app.ts';

/** A sync has no time limit of its own; most waves are healthy long before, seconds. */
const LONG = 600;

/** What a running operation says that it waits for: `apps/Deployment/web`, `/Service/web`, `hook batch/Job/migrate`. */
const WAITS =
  /waiting for (?<what>healthy state|completion|deletion)(?: of (?<hook>hook )?(?<group>[\w.-]*)\/(?<kind>\w+)\/(?<name>[\w.-]+))?(?: and (?<more>\d+) more)?/i;

/** How long an operation has been running, in seconds: `argocd app get` says it, else until the newest time of the evidence. */
function runningFor(view: View, app: SceneObject): number | undefined {
  const told = ageSeconds(/^Duration:\s+(\S+)/m.exec(cite(app, /^Duration:/m)?.quote ?? '')?.[1] ?? '');
  if (told !== undefined) return told;
  const started = millisOf(text(at(app.object, 'status', 'operationState', 'startedAt')));
  const newest = newestTime(view);
  return started === undefined || newest === 0 ? undefined : (newest - started) / 1000;
}

const WORDS: Readonly<Record<string, string>> = {
  'healthy state': 'to become healthy',
  completion: 'to end',
  deletion: 'to be gone',
};

/** A sync that waits for a resource of an earlier wave, a hook or a deletion, and has done so for long. */
export const syncWaiting: Analyzer = {
  kind: 'argocd-sync-waiting',
  stage: 'sync',
  depth: DEPTH.application - 3,
  title: 'A sync waits and does not go on',
  about:
    'The operation is still running: a resource of an earlier wave is not healthy, a hook does not end, or what is to be deleted stays. Later waves are not applied meanwhile.',
  remedy: 'See why the resource that it waits for is not healthy or not gone; that is the cause.',
  find: (view) =>
    applications(view).flatMap((app): Draft[] => {
      if (text(at(app.object, 'status', 'operationState', 'phase')) !== 'Running') return [];
      const message = text(at(app.object, 'status', 'operationState', 'message')) ?? '';
      const { what, kind, name, more } = WAITS.exec(message)?.groups ?? {};
      const seconds = runningFor(view, app);
      if (what === undefined || (seconds !== undefined && seconds < LONG)) return [];
      const namespace = text(at(app.object, 'spec', 'destination', 'namespace'));
      const awaited: ObjectRef | undefined =
        kind === undefined || name === undefined
          ? undefined
          : { kind, name, ...(namespace === undefined ? {} : { namespace }) };
      const who = awaited === undefined ? 'resources of this wave' : named(awaited);
      const others = more === undefined ? '' : ` and ${more} more`;
      const time = seconds === undefined ? '' : `, for ${Math.floor(seconds / 60)} minutes`;
      return [
        {
          object: awaited ?? app.ref,
          summary: `${named(app.ref)}: its sync waits for ${who}${others} ${WORDS[what.toLowerCase()]}${time}; what comes after it is not applied`,
          confidence: seconds === undefined ? 0.55 : 0.8,
          severity: 'degraded',
          involves: [app.ref],
          citations: [cite(app, message.slice(0, 60)), cite(app, /^Duration:/m)],
          remedies: [
            look('See each resource of the Application', appCommand('resources', app.ref)),
            change('End the operation once the cause is known', 'medium', appCommand('terminate-op', app.ref)),
          ],
        },
      ];
    }),
};
