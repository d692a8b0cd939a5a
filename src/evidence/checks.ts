import { citeLines } from './cite.ts';
import { execOf } from './command.ts';
import type { Citation, EvidenceItem, ObjectRef } from './model.ts';
import type { Scene } from './scene.ts';
import { writtenStatus } from './written-status.ts';

export type Outcome = 'refused' | 'timeout' | 'reset' | 'unresolved' | 'http-error' | 'loss' | 'untrusted';

/** What a connectivity check in a transcript (`curl`, `nc`, `nslookup`, `ping` …) came back with, where it failed. */
export interface FailedCheck {
  readonly tool: string;
  readonly outcome: Outcome;
  /** What was asked, and the line of the answer. */
  readonly said: string;
  readonly item: EvidenceItem;
  /** The pod in which it was asked, or the workload of that pod. */
  readonly client?: ObjectRef;
  /** Percent of packets lost, for `ping`. */
  readonly loss?: number;
  cite(): Citation | undefined;
}

const TOOL = /(?:^|\s|\/|')(curl|wget|nc|ncat|telnet|nslookup|dig|getent|ping|grpcurl|redis-cli|psql|mysql|mongosh?)\s/;

const OUTCOMES: readonly (readonly [Outcome, RegExp])[] = [
  [
    'unresolved',
    /could not resolve host|bad address|can't resolve|NXDOMAIN|SERVFAIL|no servers could be reached|Name or service not known|server can't find|Temporary failure in name resolution/i,
  ],
  // curl says the same of both; a refusal comes at once.
  ['refused', /connection refused|\brefused\b|Failed to connect to \S+ port \d+ after \d{1,3} ms/i],
  [
    'timeout',
    /timed? ?out|Failed to connect to \S+ port \d+ after \d{4,} ms|\(28\)|no route to host|operation in progress/i,
  ],
  ['reset', /reset by peer|empty reply from server|\(52\)|\(56\)/i],
  ['untrusted', /SSL certificate problem|\(60\)/],
  [
    'http-error',
    /HTTP\/[\d.]+ 5\d\d|^(?:HTTP )?5\d\d$|^HTTP 5\d\d\b|["']?\bstatus(?:_?code)?["']?\s*[:=]\s*5\d\d\b|\b50[234] (?:Service|Bad|Gateway)/,
  ],
];

/** `40% packet loss`, `"lossPercent": 40` */
export const LOST =
  /([\d.]+)% (?:packet )?loss|["']?\b(?:packet_?)?loss(?:[_ ]?(?:percent|percentage|pct))?["']?\s*[:=]\s*([\d.]+)/i;

/** Percent of packets that a text says were lost. */
export function lostIn(said: string): number | undefined {
  const percent = LOST.exec(said)?.slice(1).find(Boolean);
  return percent === undefined ? undefined : Number(percent);
}

/** A resolver that tries search domains says NXDOMAIN for each before the one that has the name. */
const RESOLVED = /^Name:\s+\S+\s*\nAddress(?: \d+)?:\s+\S|^;; ANSWER SECTION:/m;

function check(item: EvidenceItem, tool: string): FailedCheck | undefined {
  if (/^(?:nslookup|dig)$/.test(tool) && RESOLVED.test(item.text)) return undefined;
  const lines = item.text.split('\n').slice(0, 200);
  // What was asked is no answer: `timeout-service` may well be open.
  const asked = (item.command ?? '').split(/[\s/:'"]+/).filter((word) => word.length > 3 && /[a-z][-.]/.test(word));
  const answered = (line: string) => asked.reduce((said, word) => said.replaceAll(word, '…'), line.slice(0, 2000));
  const within = execOf(item.command ?? '');
  for (const [index, line] of lines.entries()) {
    const lost = tool === 'ping' ? (lostIn(line) ?? 0) : 0;
    const outcome: Outcome | undefined =
      lost > 0
        ? 'loss'
        : (writtenStatus(item.command ?? '', line) ?? 0) >= 500
          ? 'http-error'
          : OUTCOMES.find(([, pattern]) => pattern.test(answered(line)))?.[0];
    if (outcome === undefined) continue;
    return {
      tool,
      outcome,
      said: `${within?.inner ?? item.command ?? ''}\n${line}`,
      item,
      ...(within === undefined ? {} : { client: within.target }),
      ...(lost > 0 ? { loss: lost } : {}),
      cite: () => citeLines(item, index),
    };
  }
  return undefined;
}

/** A connectivity check that got through, from within a pod. */
export interface MadeConnection {
  /** The command as it was given within the pod: it names host and port. */
  readonly asked: string;
  readonly client: ObjectRef;
  readonly item: EvidenceItem;
}

/** What `nc` (of OpenBSD, BusyBox, Nmap), `telnet` and `curl -v` say of a connection that was made, and answers of a server without fault. */
const MADE = /\bopen$|\bsucceeded!|^Ncat: Connected to |^(?:\* )?Connected to |HTTP\/[\d.]+ [23]\d\d\b|^[23]\d\d$/m;

/** Connectivity checks of a transcript that were made in a pod and got through. */
export function madeConnections(scene: Scene): MadeConnection[] {
  return scene.items.flatMap((item) => {
    const within = execOf(item.command ?? '');
    if (within === undefined || !TOOL.test(` ${within.inner} `)) return [];
    const answered = item.text.split('\n').some((line) => /^[23]/.test(String(writtenStatus(within.inner, line))));
    if (!answered && !MADE.test(item.text)) return [];
    return [{ asked: within.inner, client: within.target, item }];
  });
}

/** Checks of a transcript that failed, one per command. */
export function failedChecks(scene: Scene): FailedCheck[] {
  return scene.items.flatMap((item) => {
    const tool = TOOL.exec(` ${item.command ?? ''} `)?.[1];
    const found =
      tool === undefined || /^kubectl (?:logs|get|describe)/.test(item.command ?? '') ? undefined : check(item, tool);
    return found === undefined ? [] : [found];
  });
}
