import { type Address, addressesOf, UNANSWERED } from '../../../../src/evidence/calls.ts';
import type { Citation } from '../../../../src/evidence/model.ts';
import { inOtherNamespace, type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import type { Scene } from '../../../../src/evidence/scene.ts';
import type { View } from '../../view.ts';
import { subjectOf } from '../startup/log-errors.ts';

/** Who is told to call a workload by its name, and the line that says that nobody answers there. */
interface Missed {
  readonly caller: ObjectRef;
  readonly citation: Citation;
}

const ADDRESSES = new WeakMap<Scene, readonly Address[]>();

/** The addresses of a scene, read once. */
function addressesIn(scene: Scene): readonly Address[] {
  const known = ADDRESSES.get(scene) ?? addressesOf(scene);
  ADDRESSES.set(scene, known);
  return known;
}

/** Whether an address is that of a Service that is called as the workload is, in its namespace. */
function isOf({ host, workload: caller }: Address, workload: ObjectRef): boolean {
  const { name, namespace } = workload;
  const [first, second] = host.split('.');
  return (
    first === name &&
    (second === undefined || namespace === undefined || second === namespace) &&
    (second !== undefined || !inOtherNamespace(caller, workload))
  );
}

/**
 * Callers of a workload whose environment names it, and whose log, or a check of its name, says that it does not answer: its Service
 * is called as it is, whether that was shown or not.
 */
export function missedByCallers(view: View, workload: ObjectRef): Missed[] {
  const said = (text: string) => text.split(/[^\w-]+/).includes(workload.name) && UNANSWERED.test(text);
  const check = view.checks.find((one) => said(one.said))?.cite();
  return addressesIn(view.scene)
    .filter((address) => isOf(address, workload) && !sameObject(address.workload, workload))
    .flatMap(({ workload: caller }): Missed[] => {
      for (const log of view.scene.logs) {
        const subject = subjectOf(view, log);
        if (subject === undefined || !sameObject(subject, caller)) continue;
        const line = log.lines.findLast(({ text, level }) => level !== 'info' && level !== 'debug' && said(text));
        if (line !== undefined)
          return [
            {
              caller,
              citation: { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) },
            },
          ];
      }
      return check === undefined ? [] : [{ caller, citation: check }];
    });
}
