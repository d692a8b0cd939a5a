import { z } from 'zod';
import type { Trouble } from './trouble.ts';

const Loose = z.looseObject({}).nullish();

/** The parts of an Argo CD Application that a notification carries, as `deploy/argocd-notifications` sends them. */
export const ArgoNotification = z
  .looseObject({
    metadata: z.looseObject({ name: z.string().min(1).max(253), namespace: z.string().min(1).max(63).optional() }),
    spec: Loose,
    status: z.looseObject({
      health: z.looseObject({ status: z.string().max(100).optional() }).nullish(),
      sync: z
        .looseObject({ revision: z.string().max(400).nullish(), revisions: z.array(z.string().max(400)).nullish() })
        .nullish(),
      operationState: z
        .looseObject({
          phase: z.string().max(100).optional(),
          syncResult: z
            .looseObject({ revision: z.string().max(400).nullish(), revisions: z.array(z.string().max(400)).nullish() })
            .nullish(),
        })
        .nullish(),
      conditions: z.array(z.looseObject({ type: z.string().max(200) })).nullish(),
      resources: z.array(z.looseObject({})).nullish(),
    }),
  })
  .describe('An Argo CD Application: metadata, spec and status.');
export type ArgoNotification = z.infer<typeof ArgoNotification>;

/** What a notification is of: a failed sync before bad health, since the former mostly brings the latter. */
function phaseOf({ status }: ArgoNotification): string | undefined {
  const phase = status.operationState?.phase;
  if (phase === 'Failed' || phase === 'Error') return phase;
  const health = status.health?.status;
  if (health === 'Degraded' || health === 'Missing') return health;
  return (status.conditions ?? []).find(({ type }) => type.endsWith('Error'))?.type;
}

/** What was deployed: the revision that was synced last, else the one that is compared with. */
function revisionOf({ status: { operationState, sync } }: ArgoNotification): string {
  for (const place of [operationState?.syncResult, sync]) {
    if (place?.revision) return place.revision;
    if (place?.revisions && place.revisions.length > 0) return place.revisions.join(' ');
  }
  return '';
}

/**
 * The run that a notification asks for, one for each Application, revision and phase; or why none is started. The Application is
 * the evidence, written out so that its lines can be cited; with a cluster, what is there is evidence, too.
 */
export function ofArgoNotification(application: ArgoNotification, cluster?: string): Trouble {
  const { name, namespace } = application.metadata;
  const full = namespace === undefined ? name : `${namespace}/${name}`;
  const phase = phaseOf(application);
  if (phase === undefined) {
    const health = application.status.health?.status ?? 'of unknown health';
    return { skipped: `Application ${full} is ${health} and its sync has not failed: there is nothing to explain.` };
  }
  const type = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' };
  const object = { ...type, ...application, ...type };
  return {
    key: ['argocd', ...(cluster === undefined ? [] : [cluster]), full, revisionOf(application), phase],
    input: {
      via: 'argocd',
      // In a cluster it must be told from a workload of its name.
      ...(cluster === undefined
        ? { target: full }
        : { cluster, target: `${namespace === undefined ? '' : `${namespace}/`}application/${name}` }),
      evidence: [{ name: `Application ${full}.json`, text: JSON.stringify(object, null, 2) }],
    },
  };
}
