import { citeLines } from '../../../../src/evidence/cite.ts';
import { execOf } from '../../../../src/evidence/command.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { podOf } from '../startup/log-errors.ts';
import { addressesOf } from './units.ts';

const SUMMARY = /([\d.]+)% packet loss/;
/** `rtt min/avg/max/mdev = 0.3/0.4/0.6/0.1 ms` of iputils, `round-trip min/avg/max = …` of BusyBox and BSD: the mean. */
const ROUND_TRIP = /(?:rtt|round-trip) min\/avg\/max(?:\/\w+)? = [\d.]+\/([\d.]+)\//;
const PINGED = /^PING (\S+?)(?: \(([\da-f.:]+)\))?[:\s]/m;

/** One `ping` of a transcript, and between what it went as far as the scene knows. */
export interface Ping {
  readonly target: string;
  /** Milliseconds, the mean. */
  readonly mean?: number;
  /** Percent. */
  readonly loss: number;
  /** Nodes and workloads at both ends. */
  readonly ends: readonly ObjectRef[];
  /** Whether the address pinged is a pod's or node's of the scene: within a cluster packets take a millisecond or few. */
  readonly inside: boolean;
  readonly citation: Citation | undefined;
}

function nodesNamed(view: View, words: ReadonlySet<string>): ObjectRef[] {
  return view.scene.objects
    .filter(
      ({ ref, object }) =>
        ref.kind === 'Node' && (words.has(ref.name) || addressesOf(object).some((address) => words.has(address))),
    )
    .map(({ ref }) => ref);
}

function nodeOf({ source }: PodView): ObjectRef[] {
  const name = text(at(source.object, 'spec', 'nodeName'));
  return name === undefined ? [] : [{ kind: 'Node', name }];
}

/** Every `ping` with a summary. */
export function pingsOf(view: View): Ping[] {
  return view.scene.items.flatMap((item): Ping[] => {
    const loss = SUMMARY.exec(item.text);
    // Behind `| tail` the summary stands alone: the command says what was asked.
    const pinged = PINGED.exec(item.text) ?? /\bping\b[^|]*?\s([\w.:-]+)['"]?\s*(?:\||$)/.exec(item.command ?? '');
    if (pinged === null || loss === null) return [];
    const [, name = '', address = name] = pinged;
    const mean = ROUND_TRIP.exec(item.text)?.[1];
    const client = execOf(item.command ?? '')?.target;
    const asking = client === undefined ? undefined : workloadOf(view.scene, podOf(view, client)?.ref ?? client);
    const pods = view.pods.filter(({ source }) => text(at(source.object, 'status', 'podIP')) === address);
    const targets = [...pods.map(({ ref }) => workloadOf(view.scene, ref)), ...nodesNamed(view, new Set([address]))];
    // Who runs the command: the host of `ssh HOST ping …`.
    const before = (item.command ?? '').split(/\bping\b/)[0] ?? '';
    const host = client === undefined ? nodesNamed(view, new Set(before.split(/[\s@'"]+/))) : [];
    const lines = item.text.split('\n');
    const telling = lines.findIndex((line) => (Number(loss[1]) > 0 ? SUMMARY : ROUND_TRIP).test(line));
    return [
      {
        target: name,
        ...(mean === undefined ? {} : { mean: Number(mean) }),
        loss: Number(loss[1]),
        ends: [...targets, ...host, ...(asking === undefined ? [] : [asking]), ...pods.flatMap(nodeOf)],
        inside: targets.length > 0,
        citation: citeLines(item, Math.max(0, telling)),
      },
    ];
  });
}

/** What all bad pings have at one end and no good one has; of several the one that was pinged. */
export function commonEnd(bad: readonly Ping[], good: readonly Ping[]): ObjectRef | undefined {
  const has = (ping: Ping, ref: ObjectRef) => ping.ends.some((end) => sameObject(end, ref));
  return bad[0]?.ends.find((ref) => bad.every((ping) => has(ping, ref)) && !good.some((ping) => has(ping, ref)));
}
