import { literally } from '../../src/literal.ts';
import { equalJson, isObject, type Json, type JsonObject } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import type { Edit, Path } from './edits.ts';
import { podSpecPath } from './fixers/fixer.ts';
import { objections } from './guards.ts';

const CONTAINER = '(?:containers|initContainers|ephemeralContainers)/\\d+';
/** What may go from a pod spec because the pod then may do less. */
const POD_RIGHTS = /^(?:hostNetwork|hostPID|hostIPC|shareProcessNamespace)$/;
const CONTAINER_RIGHTS = new RegExp(
  `^${CONTAINER}/(?:ports/\\d+/hostPort|securityContext/(?:privileged|procMount|allowPrivilegeEscalation|capabilities/add(?:/\\d+)?))$`,
);
const FORBIDS = /must not|may not|not allowed|not permitted|forbid|disallow|prohibit|deprecated|no longer/i;

function isRight(object: JsonObject, path: Path, value: Json): boolean {
  const pod = podSpecPath(object);
  if (!pod || !equalJson(path.slice(0, pod.length) as Json, [...pod])) return false;
  const place = path.slice(pod.length).join('/');
  // Where escalation is forbidden, the word that forbids it stays.
  return POD_RIGHTS.test(place) || (CONTAINER_RIGHTS.test(place) && value !== false);
}

/** Whether the engine says of this very place that nothing may stand there. As with rules, only a plain value may then go. */
function isForbidden(path: Path, value: Json, violations: readonly Violation[]): boolean {
  if (value !== null && typeof value === 'object') return false;
  const named = new RegExp(`(?<![\\w.-])${literally(path.join('.'))}(?![\\w-]|\\.\\w)`);
  return violations.some(
    (violation) =>
      FORBIDS.test(violation.message) && (violation.path === formatPointer(path) || named.test(violation.message)),
  );
}

const keyOf = (item: Json): string | undefined =>
  isObject(item) && typeof item.name === 'string' ? item.name : undefined;

/** Places whose value is gone, emptied or shorter. */
function* losses(before: Json, after: Json | undefined, path: Path): Generator<{ path: Path; value: Json }> {
  if (equalJson(before, after) || before === null) return;
  if (after === undefined || after === null || after === '') yield { path, value: before };
  else if (isObject(before)) {
    if (!isObject(after)) yield { path, value: before };
    else
      for (const [key, value] of Object.entries(before))
        yield* losses(value, Object.hasOwn(after, key) ? after[key] : undefined, [...path, key]);
  } else if (Array.isArray(before)) {
    if (!Array.isArray(after)) {
      yield { path, value: before };
      return;
    }
    const shorter = after.length < before.length;
    for (const [i, item] of before.entries()) {
      if (after.some((later) => equalJson(later, item))) continue;
      const name = keyOf(item);
      const later = name === undefined ? after[i] : after.find((other) => keyOf(other) === name);
      // An entry of a shorter list cannot be told from its neighbours by its position.
      yield* losses(item, shorter && name === undefined ? undefined : later, [...path, i]);
    }
    // The lost entry equals one that is left.
    if (shorter && before.every((item) => after.some((later) => equalJson(later, item)))) yield { path, value: before };
  }
}

/** Commands, arguments and variables that were there and are others now. */
function* behaviour(before: Json, after: Json | undefined, path: Path): Generator<Path> {
  if (equalJson(before, after) || after === undefined) return;
  const key = path.findLast((part) => typeof part === 'string');
  if (key === 'command' || key === 'args') yield path;
  else if (key === 'env' || key === 'envFrom') {
    const old = Array.isArray(before) ? before : [before];
    const now = Array.isArray(after) ? after : [after];
    if (!old.every((item) => now.some((later) => equalJson(later, item)))) yield path;
    // A name that is set twice takes the later value.
    const names = old.map(keyOf).filter((name) => name !== undefined);
    if (
      names.some((name) => now.filter((item) => keyOf(item) === name).length > names.filter((n) => n === name).length)
    )
      yield path;
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (const [i, item] of before.entries()) {
      const name = keyOf(item);
      yield* behaviour(item, name === undefined ? after[i] : after.find((other) => keyOf(other) === name), [
        ...path,
        i,
      ]);
    }
  } else if (isObject(before) && isObject(after))
    for (const [inner, value] of Object.entries(before)) yield* behaviour(value, after[inner], [...path, inner]);
}

/**
 * {@link objections}, and those that only a model's edits meet: it may take nothing away but rights (or a value the engine
 * says must not stand there), since an object without the part that is judged is accepted too; it may change no command,
 * argument or variable; and it may write no placeholder of a secret that was hidden from it.
 */
export function modelObjections(
  before: JsonObject,
  after: JsonObject,
  edits: readonly Edit[],
  policies: readonly KubeObject[],
  violations: readonly Violation[],
): string[] {
  const found = objections(before, after, policies);
  for (const { path, value } of losses(before, after, []))
    if (!isRight(before, path, value) && !isForbidden(path, value, violations))
      found.push(`it removes or empties ${path.join('.')}`);
  for (const path of behaviour(before, after, [])) found.push(`it changes ${path.join('.')}`);
  if (edits.some((edit) => edit.op !== 'remove' && JSON.stringify(edit.value).includes('[redacted:')))
    found.push('it writes a placeholder of a hidden secret');
  return [...new Set(found)];
}
