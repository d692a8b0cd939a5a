import { behind, servicesIn } from '../../../../src/evidence/calls.ts';
import { LOST, lostIn } from '../../../../src/evidence/checks.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { execOf } from '../../../../src/evidence/command.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, text } from '../../../../src/json.ts';
import { literally } from '../../../../src/literal.ts';
import type { View } from '../../view.ts';
import { podOf } from '../startup/log-errors.ts';
import { ranIn } from '../startup/ran-in.ts';
import { addressesOf } from './units.ts';

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
    const loss = /\bping\b/.test(item.command ?? '') || /packet loss/.test(item.text) ? lostIn(item.text) : undefined;
    // Behind `| tail` the summary stands alone: the command says what was asked.
    const pinged = PINGED.exec(item.text) ?? /\bping\b[^|]*?\s([\w.:-]+)['"]?\s*(?:\||$)/.exec(item.command ?? '');
    if (pinged === null || loss === undefined) return [];
    const [, name = '', address = name] = pinged;
    const mean = ROUND_TRIP.exec(item.text)?.[1];
    const asking = ranIn(view, item);
    const pods = view.pods.filter(
      ({ ref, source }) => ref.name === address || text(at(source.object, 'status', 'podIP')) === address,
    );
    // Pods in the network of their node share its address.
    const node = nodesNamed(view, new Set([address]));
    const targets = node.length > 0 ? node : pods.map(({ ref }) => workloadOf(view.scene, ref));
    // Who runs the command: the host of `ssh HOST ping …`.
    const before = (item.command ?? '').split(/\bping\b/)[0] ?? '';
    const host = asking === undefined ? nodesNamed(view, new Set(before.split(/[\s@'"]+/))) : [];
    const lines = item.text.split('\n');
    const telling = lines.findIndex((line) => (loss > 0 ? LOST : ROUND_TRIP).test(line));
    return [
      {
        target: name,
        ...(mean === undefined ? {} : { mean: Number(mean) }),
        loss,
        ends: [
          ...targets,
          ...host,
          ...(asking === undefined ? [] : [asking]),
          ...(node.length > 0 ? [] : pods.flatMap(nodeOf)),
        ],
        inside: targets.length > 0,
        citation: citeLines(item, Math.max(0, telling)),
      },
    ];
  });
}

/** A variable of curl's `-w` (curl(1)): `%{time_connect}`, seconds since the start. */
const WRITTEN = /%\{(\w+)\}/g;

/** A line of a format, as many characters and variables as anybody writes. */
const LONGEST = 500;

/**
 * The numbers that `curl -w FORMAT` printed in a line, by variable: the format says where each stands. Only where something other than digits
 * stands between them, so that there is one way to read them, and no way to make that slow.
 */
function written(command: string, line: string): Record<string, number> {
  const format = /\s(?:-\w{0,8}w|--write-out)[= ]?(?:'([^']*)'|"([^"]*)")/.exec(command);
  const said = (format?.[1] ?? format?.[2] ?? '').split('\\n').find((one) => one.includes('%{time_connect}')) ?? '';
  if (said === '' || said.length > LONGEST || line.length > LONGEST) return {};
  const parts = said.split(WRITTEN);
  const between = parts.filter((_, index) => index % 2 === 0).slice(1, -1);
  if (between.some((part) => !/[^\d.]/.test(part))) return {};
  const names = parts.filter((_, index) => index % 2 === 1);
  const pattern = parts.map((part, index) => (index % 2 === 1 ? '([\\d.]+)' : literally(part))).join('');
  const told = new RegExp(`${pattern}\\s*$`).exec(line);
  return Object.fromEntries(names.map((name, index) => [name, Number(told?.[index + 1] ?? Number.NaN)]));
}

/** `"connect_ms": 503.2`, `connect 0.812 s`: how long a connection took, in milliseconds, as tools of their own say it. */
const TOLD =
  /["\s]?(?:tcp[_ ])?connect(?:ion)?(?:[_ ]?(?:time|latency|duration))?(?:[_ ]?(ms|s))?"?[:=\s]\s*([\d.]+)\s*(ms|s)?\b/i;

/** `dns 0.002113 connect 0.814002 …`: so many decimals are curl's seconds, counted from the start. */
const BARE = /\bconnect\w*\s*[:=]?\s*(\d+\.\d{4,})\b/i;
const LOOKED_UP = /\b(?:dns|lookup|namelookup|time_namelookup)\s*[:=]?\s*(\d+\.\d{4,})\b/i;
const TAKES = /\b(?:latency|rtt|duration|elapsed|time)(?:[_ ]?(ms)|_(s))?["']?[:=\s]\s*([\d.]+)\s*(ms|s)?\b/i;
/** `connected in 812 ms`, `open (812 ms)`: what was done, and how long it took. */
const TOOK = /(?:\b(?:in|after|took|within) |\()([\d.]+) ?(ms|s)\b(?! ?timeout)/i;

const FAILED = /fail|error|refused|timed? ?out|unreachable/i;

/** Milliseconds that a connection took, without the look-up of the name. */
function connectTime(command: string, line: string): number | undefined {
  const { time_connect, time_namelookup = 0 } = written(command, line);
  if (time_connect !== undefined && time_connect > 0) return (time_connect - time_namelookup) * 1000;
  // What only makes a connection takes no longer than that.
  const [, told, as, ...rest] = /\bnc\s/.test(command) ? (TAKES.exec(line) ?? []) : [];
  const [, spent, spentIn] = /\bnc\s/.test(command) && !FAILED.test(line) ? (TOOK.exec(line) ?? []) : [];
  const [, head, value = rest[0] ?? spent, tail] = TOLD.exec(line) ?? [];
  const unit = head ?? tail ?? told ?? as ?? rest[1] ?? spentIn;
  const bare = BARE.exec(line)?.[1];
  if (unit === undefined && bare !== undefined) return (Number(bare) - Number(LOOKED_UP.exec(line)?.[1] ?? 0)) * 1000;
  if (value === undefined || unit === undefined) return undefined;
  return Number(value) * (unit.toLowerCase() === 's' ? 1000 : 1);
}

/** Every check of a connection that says how long it took to make, as a ping: a handshake is one round trip. */
export function connectsOf(view: View): Ping[] {
  return view.scene.items.flatMap((item): Ping[] => {
    const command = item.command ?? '';
    if (!/\b(?:curl|nc|ncat|wget)\s/.test(command) || !/\d/.test(item.text)) return [];
    const lines = item.text.split('\n').slice(0, 50);
    const times = lines.map((line) => connectTime(command, line));
    const index = times.findIndex((time) => time !== undefined);
    const mean = times[index];
    if (mean === undefined || Number.isNaN(mean)) return [];
    const client = execOf(command)?.target;
    const asking = client === undefined ? undefined : (podOf(view, client)?.ref ?? client);
    const called = servicesIn(view.scene, client === undefined ? command : (execOf(command)?.inner ?? ''));
    const reached = behind(view.scene, view.pods, called);
    const pods = view.pods.filter(({ ref }) => reached.some((one) => sameObject(one, ref)));
    const targets = pods.map(({ ref }) => workloadOf(view.scene, ref));
    const asked = view.pods.filter(({ ref }) => asking !== undefined && sameObject(ref, asking));
    return [
      {
        target: called[0]?.ref.name ?? '',
        mean,
        loss: 0,
        ends: [
          ...targets,
          ...(asking === undefined ? [] : [workloadOf(view.scene, asking)]),
          ...[...pods, ...asked].flatMap(nodeOf),
        ],
        inside: targets.length > 0,
        citation: citeLines(item, index),
      },
    ];
  });
}

/** What all bad pings have at one end and no good one has; of several the one that was pinged. */
export function commonEnd(bad: readonly Ping[], good: readonly Ping[]): ObjectRef | undefined {
  const has = (ping: Ping, ref: ObjectRef) => ping.ends.some((end) => sameObject(end, ref));
  return bad[0]?.ends.find((ref) => bad.every((ping) => has(ping, ref)) && !good.some((ping) => has(ping, ref)));
}
