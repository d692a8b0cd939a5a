import type { Json } from '../../json.ts';
import { NAMELESS } from '../parse/container.ts';

/** More lines than these are no question with a pod in it. */
const MOST = 60;
const MAX_LINE = 200;
/** A pod's name as a ReplicaSet or a StatefulSet gives it. */
const POD =
  /(?<![\w./-])([a-z0-9][a-z0-9-]*-(?:[bcdfghjklmnpqrstvwxz2456789]{5,10}-[bcdfghjklmnpqrstvwxz2456789]{5}|\d{1,3}))(?![\w/-]|\.\w)/g;
const WAITS =
  /\b(CrashLoopBackOff|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError)\b/;
/** What only structured lines have, such as samples of a metric: their value may be nothing. */
const STRUCTURED = /[{}=]/;
/** Words by which it is over, is only feared, or is told of another day. */
const OVER =
  /\b(?:was|were|had|no longer|not|never|fixed|resolved|recover(?:s|ed|ing)?|went|used to|yesterday|previously|any ?more|if|whenever|unless|until|would|could|might)\b|n['’]t\b|->|→|\bfrom \w*(?:BackOff|Error|Image\w*)\b|\b(?:to|now) Running\b/i;

/** The one pod that a text names. */
export function onlyPodIn(text: string): string | undefined {
  const [name, ...others] = [...text.matchAll(POD)].map(([, name]) => name);
  return others.length > 0 ? undefined : name;
}

/** Pods of which somebody says in a line of their own why they wait: `web-0 CrashLoopBackOff, 11 restarts`, `- pod web-… is in ImagePullBackOff`. */
export function toldPods(
  lines: readonly string[],
  read: ReadonlySet<number>,
): { readonly object: Json; readonly index: number }[] {
  if (lines.length > MOST) return [];
  return lines.flatMap((line, index) => {
    const reason = line.length > MAX_LINE || read.has(index) ? undefined : WAITS.exec(line)?.[1];
    const name = reason === undefined || OVER.test(line) || STRUCTURED.test(line) ? undefined : onlyPodIn(line);
    if (name === undefined) return [];
    const waits = { name: NAMELESS, ready: false, restartCount: 0, state: { waiting: { reason } } };
    return [{ object: { kind: 'Pod', metadata: { name }, status: { containerStatuses: [waits] } }, index }];
  });
}
