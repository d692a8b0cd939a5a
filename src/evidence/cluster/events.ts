import { at, type Json, number, text } from '../../json.ts';
import { isWell } from './unwell.ts';

const MAX_WARNINGS = 300;
const MAX_NORMAL = 100;
/** Of one object; the newest of each reason and message tell what the others do. */
const PER_OBJECT = 8;
/** What normal events tell of a rollout, whoever they are about. */
const ROLLOUT =
  /^(ScalingReplicaSet|RolloutUpdated|RolloutStepCompleted|RolloutAborted|SuccessfulRescale|OperationStarted|OperationCompleted|ResourceUpdated|Killing|Preempted)$/;

function about(event: Json): string {
  return `${text(at(event, 'involvedObject', 'kind'))}/${text(at(event, 'involvedObject', 'name'))}`;
}

function time(event: Json): number {
  const found = Date.parse(text(event.lastTimestamp) ?? '');
  return Number.isNaN(found) ? 0 : found;
}

/** Events of one object, reason and message become one: the newest, with how often all of them happened. */
function joined(events: readonly Json[]): Json[] {
  const groups = Map.groupBy(events, (event) => `${about(event)} ${text(event.reason)} ${text(event.message)}`);
  return [...groups.values()].map((same) => {
    const [newest, ...others] = same.toSorted((a, b) => time(b) - time(a)) as [Json, ...Json[]];
    if (others.length === 0) return newest;
    return { ...newest, count: same.reduce((sum, event) => sum + (number(event.count) ?? 1), 0) };
  });
}

/**
 * Chooses the events that tell something, newest first: warnings, what happened to objects that are not well, and the steps of
 * rollouts. No object crowds out the others.
 */
export function chosenEvents(events: readonly Json[], objects: readonly Json[]): Json[] {
  const unwell = new Set(
    objects.filter((item) => !isWell(item)).map((item) => `${text(item.kind)}/${text(at(item, 'metadata', 'name'))}`),
  );
  const told = new Map<string, number>();
  const room = { Warning: MAX_WARNINGS, Normal: MAX_NORMAL };
  return joined(events)
    .toSorted((a, b) => time(b) - time(a))
    .filter((event) => {
      const type = text(event.type) === 'Warning' ? 'Warning' : 'Normal';
      if (type === 'Normal' && !unwell.has(about(event)) && !ROLLOUT.test(text(event.reason) ?? '')) return false;
      const count = (told.get(`${type} ${about(event)}`) ?? 0) + 1;
      told.set(`${type} ${about(event)}`, count);
      if (count > PER_OBJECT || room[type] === 0) return false;
      room[type]--;
      return true;
    });
}
