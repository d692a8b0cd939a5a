import { citeText } from '../../../src/evidence/cite.ts';
import { inOtherNamespace, type ObjectRef } from '../../../src/evidence/model.ts';
import { workloadOf } from '../../../src/evidence/relations.ts';
import { millisOf } from '../moments.ts';
import type { Explanation, Finding } from '../schema.ts';
import type { View } from '../view.ts';
import { type Write, writesTold } from './writes.ts';

/** What lies back further (ms) before the first line of the failure is another story. */
const RECENT = 24 * 3600 * 1000;

/** Kinds of failures that what is kept in Secrets or ConfigMaps brings. */
const BY_SECRET = /^(?:credentials|secret|certificate|image-pull-)/;
const BY_SETTING =
  /^(?:configmap|config-key|bad-configuration|environment-variable|dns-failure|cannot-connect|service-reference)/;

/** When the first line that the root cites was logged, or undefined where it cites none with a time. */
function firstSeen(view: View, root: Finding): number | undefined {
  const times = root.citations.flatMap(({ evidence, lines }) =>
    view.scene.logs
      .filter(({ item }) => item.id === evidence)
      .flatMap((log) => log.lines.filter(({ n }) => n === lines?.from).flatMap(({ time }) => millisOf(time) ?? [])),
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Words that two names have in common. */
const alike = (a: string, b: string): boolean => {
  const words = b.split('-');
  return a.split('-').some((word) => word.length > 3 && words.includes(word));
};

/** How well a change fits a root: best where it is of what keeps its settings, then of its object, then of another object that it concerns. */
function fits(view: View, root: Finding, { kind, name, namespace }: Write): number {
  if (kind === undefined) return 0;
  const changed: ObjectRef = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  const isIt = (ref: ObjectRef) => ref.kind === kind && ref.name === name && !inOtherNamespace(ref, changed);
  const concerned = [root.object, ...root.involves].map((ref) => workloadOf(view.scene, ref));
  const keeps = kind === 'Secret' ? BY_SECRET : kind === 'ConfigMap' ? BY_SETTING : undefined;
  const near = (ref: ObjectRef) => !inOtherNamespace(ref, changed) && alike(ref.name, name);
  if (keeps?.test(root.kind) && (isIt(root.object) || concerned.some(near))) return 3;
  if (isIt(root.object)) return 2;
  return concerned.some(isIt) ? 1 : 0;
}

/** The change before the failure that a record of changes or an audit log in the evidence tells, of what the root is about. */
export function changeTold(view: View, root: Finding): Explanation['change'] {
  const seen = firstSeen(view, root);
  const inTime = ({ time }: Write) => {
    const at = millisOf(time) ?? Number.NaN;
    return seen === undefined || (at <= seen && seen - at <= RECENT);
  };
  const [best] = writesTold(view)
    .filter(inTime)
    .map((one) => ({ one, fit: fits(view, root, one) }))
    .filter(({ fit }) => fit > 0)
    .toSorted((a, b) => b.fit - a.fit);
  if (best === undefined) return undefined;
  const { kind = '', name, namespace, who, did, what, time, item } = best.one;
  const citation = citeText(item, time);
  if (citation === undefined) return undefined;
  return {
    summary: `${what} was ${did} at ${time}${who === undefined ? '' : ` by \`${who}\``}`,
    object: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
    citations: [citation],
  };
}
