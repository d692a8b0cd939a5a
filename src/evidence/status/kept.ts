import { type Json, text } from '../../json.ts';

const since = ({ lastTransitionTime }: Json) => Date.parse(text(lastTransitionTime) ?? '');
const isSame = (a: Json, b: Json) => a.type === b.type && a.name === b.name;

/**
 * The conditions that still hold, of a list in which some controllers keep a log: they add a condition where others would change it. Of one
 * type the newest counts. Where all are True and types come again, or the state of the resource is the type of one of them, they are the
 * states that it went through: what came before its present one is over.
 *
 * @param states what the resource gives as its phase or state
 */
export function kept(conditions: readonly Json[], states: readonly string[]): Json[] {
  const newest = conditions.filter(
    (one) => !conditions.some((other) => isSame(one, other) && since(other) > since(one)),
  );
  if (!conditions.every(({ status }) => /^true$/i.test(text(status) ?? ''))) return newest;
  const repeated = newest.length < conditions.length;
  const present = repeated
    ? newest.reduce((latest, one) => (since(one) >= since(latest) ? one : latest))
    : newest.find(({ type }) => states.some((state) => state.toLowerCase() === text(type)?.toLowerCase()));
  return present === undefined ? newest : newest.filter((one) => !(since(one) < since(present)));
}
