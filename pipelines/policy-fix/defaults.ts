import type { Json } from '../../src/manifest/json.ts';
import type { Path } from './edits.ts';

/** What Kubernetes uses where a field is left out (API reference: Probe, PodSpec, Deployment, Job, CronJob, HorizontalPodAutoscaler). */
const DEFAULTS: Readonly<Record<string, number>> = {
  terminationGracePeriodSeconds: 30,
  progressDeadlineSeconds: 600,
  revisionHistoryLimit: 10,
  backoffLimit: 6,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 1,
  minReadySeconds: 0,
  minReplicas: 1,
  parallelism: 1,
};

/** The same of probes, whose fields are also others' (`timeoutSeconds` of a webhook is 10). */
const OF_PROBES: Readonly<Record<string, number>> = {
  periodSeconds: 10,
  timeoutSeconds: 1,
  failureThreshold: 3,
  successThreshold: 1,
};

/** Kubernetes' default of a field that is a number; undefined where it has none. */
export function defaultAt(path: Path): number | undefined {
  const key = String(path.at(-1));
  if (path.length === 2 && path[0] === 'spec' && key === 'replicas') return 1;
  if (path[0] === 'webhooks' && key === 'timeoutSeconds') return 10;
  return (/Probe$/.test(String(path.at(-2))) ? OF_PROBES[key] : undefined) ?? DEFAULTS[key];
}

/** Whether a bound that is written where nothing stood would end what runs longer: only its owner knows how long that takes. */
export const endsWork = (path: Path): boolean => path.at(-1) === 'activeDeadlineSeconds';

/** Whether nothing in a place means for ever: of a range its far end is what comes nearest to that. */
export const isForever = (path: Path): boolean => path.at(-1) === 'ttlSecondsAfterFinished';

/**
 * Whether a bound on an amount says how much somebody needs: a container, a pool of nodes (`spec.limits`), a namespace (`spec.hard`).
 * Where nothing stood, only its owner knows.
 */
export const isAmount = (path: Path): boolean =>
  /^(?:.*\.)?(?:resources\.(?:limits|requests)|spec\.(?:limits|hard))$/.test(path.slice(0, -1).join('.'));

/** How many of something run, or may be away at a time. */
export const isCopies = (path: Path): boolean =>
  /^(?:(?:min|max)?replicas|minAvailable|maxUnavailable|maxSurge)$/i.test(String(path.at(-1)));

/** Whether a time says how long something is kept: a shorter one deletes what is there, which only its owner may say. */
export const keepsThings = (path: Path): boolean => /^ttl$|retention/i.test(String(path.at(-1)));

/** A point in time that is still to come, in nearly every comparison: stands in where one is asked for, and is never offered. */
export const FAR_AHEAD = '2999-01-01T00:00:00Z';

/**
 * Whether a number is no more than the edge of "some time": a policy that wants a time above zero does not mean one
 * second (a Job that is deleted as soon as it ends, logs and all).
 */
export const isEdgeOfTime = (path: Path, value: Json): boolean =>
  /Seconds(?:AfterFinished)?$/.test(String(path.at(-1))) &&
  typeof value === 'number' &&
  value <= 1 &&
  defaultAt(path) !== value;

/** Users and groups below it belong to the system of most images (`SYS_UID_MAX` of login.defs is 999). */
export const FIRST_OF_PEOPLE = 1000;

/** Whether an id of users or groups stands there: one of the system is never what a bound means, where it takes an ordinary one as well. */
export const isId = (path: Path): boolean =>
  /^(?:runAsUser|runAsGroup|fsGroup|supplementalGroups)$/.test(String(path.at(-1)));

const VERSION = /^(\D*)(\d+)(?:[._](\d+))?$/;

/**
 * Of some versions the oldest, where a field says which is the oldest that is taken (`minVersion`, `tlsMinVersion`): the bound that
 * refuses least of what works now.
 */
export function oldestTaken(path: Path, values: readonly string[]): string | undefined {
  if (!/min\w*version$/i.test(String(path.at(-1)))) return undefined;
  const read = values.flatMap((text) => {
    const [, series = '', major, minor = 0] = VERSION.exec(text) ?? [];
    return major === undefined ? [] : [{ text, series, order: Number(major) * 1_000 + Number(minor) }];
  });
  const [first] = read.toSorted((a, b) => a.order - b.order);
  return read.length === values.length && read.every(({ series }) => series === first?.series)
    ? first?.text
    : undefined;
}

/** Words that are the strictest of their fields: which of several a policy accepts is no question of taste then. */
const STRICTEST: readonly string[] = ['RuntimeDefault', 'STRICT'];

/** Of several values that a policy accepts, the strictest of its field; undefined where none is known to be. */
export const strictestOf = (values: readonly Json[]): string | undefined =>
  STRICTEST.find((value) => values.includes(value));
