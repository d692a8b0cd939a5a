import { execOf } from '../../../../src/evidence/command.ts';
import { exec } from '../../../../src/evidence/commands/kubectl.ts';
import { type Citation, type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { literally } from '../../../../src/literal.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podOf, podOfLog } from '../startup/log-errors.ts';
import { podsBehind, refusals } from './listens-elsewhere.ts';
import { targetPorts } from './target-ports.ts';

/** A program says that it listens on an address of the loopback device. Many say `localhost` and mean every address. */
const SAYS =
  /\b(?:listen(?:ing|s)?|serving|running|started|bound|bind(?:ing|s)?)\b[^\n]{0,80}?(?:\b127\.0\.0\.1|\[::1\]):(\d{2,5})\b/i;
/** A line that has such an address, and tells of no call to it: what asks the port at the pod's own address must be refused. */
const NAMES = /(?:\b127\.0\.0\.1|\[::1\]):(\d{2,5})\b/;
const CALLS =
  /\b(?:connect\w*|dial\w*|upstreams?|prox\w+|forward\w*|request\w*|fetch\w*|call\w*|client|to|from|via|GET|POST)\b/i;
/** A line of `ss -l` or `netstat -l`: the local address comes before the peer's. */
const SOCKET = /^(?:tcp6?\s+)?(?:LISTEN\s+)?\d+\s+\d+\s+(\S+):(\d{2,5})\s+\S+/;

interface Bound {
  readonly pod?: PodView;
  /** Where the sockets were looked at: the pod, or a workload of which no pod is seen. */
  readonly ref: ObjectRef;
  readonly port: number;
  readonly citation: Citation;
  /** The line does not say that it listens there. */
  readonly tacit?: boolean;
}

function said(view: View): Bound[] {
  return view.scene.logs.flatMap((log) => {
    const pod = podOfLog(view, log);
    if (pod === undefined) return [];
    return log.lines.flatMap(({ n, raw, text, level }): Bound[] => {
      const head = text.slice(0, 500);
      const plainly = SAYS.exec(head);
      const calm = level === undefined || level === 'info' || level === 'debug';
      const port = Number((plainly ?? (calm && !CALLS.test(head) ? NAMES.exec(head) : null))?.[1]);
      if (!(port > 0)) return [];
      const citation = { evidence: log.item.id, lines: { from: n, to: n }, quote: raw.slice(0, 400) };
      return [{ pod, ref: pod.ref, port, citation, ...(plainly === null ? { tacit: true } : {}) }];
    });
  });
}

/** Ports that the sockets of a pod show on the loopback device and on no other. */
function shown(view: View): Bound[] {
  return view.scene.items.flatMap((item) => {
    if (!/\b(?:ss|netstat)\s/.test(item.command ?? '')) return [];
    const target = execOf(item.command ?? '')?.target;
    if (target === undefined) return [];
    const pod = podOf(view, target);
    const sockets = item.text.split('\n').flatMap((raw, index) => {
      const [, address = '', port] = SOCKET.exec(raw.trim()) ?? [];
      return port === undefined ? [] : [{ raw, n: item.lines.from + index, address, port: Number(port) }];
    });
    const isLoopback = ({ address }: { address: string }) => /^(?:127\.|\[::1\]$|::1$)/.test(address);
    return sockets
      .filter((one) => isLoopback(one) && sockets.every((other) => other.port !== one.port || isLoopback(other)))
      .map(({ raw, n, port }) => ({
        ...(pod === undefined ? {} : { pod }),
        ref: pod?.ref ?? target,
        port,
        citation: { evidence: item.id, lines: { from: n, to: n }, quote: raw.slice(0, 400) },
      }));
  });
}

/** The kubelet asks at the address of the pod, and is refused there, too. */
function probeRefused(view: View, pod: PodView, port: number): Citation | undefined {
  const refused = new RegExp(`probe failed.*:${port}\\b.*connection refused`);
  return about(view, pod.ref)
    .find((message) => refused.test(message.text))
    ?.cite();
}

/** A check that was refused at a host called after the workload, and at this port: where neither its Service nor a pod was seen. */
function calledInVain(view: View, name: string, port: number): Citation | undefined {
  const address = new RegExp(`(?:^|[\\s/@'"])${literally(name)}(?:\\.[\\w.-]+)?(?::| )${port}\\b`);
  return view.checks.find(({ outcome, said }) => outcome === 'refused' && address.test(said))?.cite();
}

export const listensOnLoopback: Analyzer = {
  kind: 'listens-on-loopback',
  stage: 'network',
  depth: DEPTH.config,
  title: 'The program listens on the loopback address only',
  about:
    'The log (or `ss`, `netstat` in the pod) says that the program is bound to 127.0.0.1 or ::1 at the port that its Service or probe asks, and these are refused: only its own pod reaches it.',
  remedy: 'Let it listen on all addresses (0.0.0.0 or ::).',
  find: (view) => {
    const calls = refusals(view);
    return [...shown(view), ...said(view)].flatMap(({ pod, ref, port, citation, tacit = false }): Draft[] => {
      const workload = workloadOf(view.scene, ref);
      const call = calls.find(({ service }) => {
        const behind = podsBehind(view, service);
        return behind.some((one) => sameObject(one.ref, ref)) && targetPorts(service, behind).includes(port);
      });
      const probed = pod === undefined ? undefined : probeRefused(view, pod, port);
      const felt = (tacit ? undefined : (call?.citation ?? calledInVain(view, workload.name, port))) ?? probed;
      if (felt === undefined) return [];
      return [
        {
          object: workload,
          summary: `${named(workload)} listens on the loopback address only (port ${port}), so that calls from other pods are refused`,
          confidence: 0.92,
          severity: 'failed',
          citations: [citation, felt, cite(call?.service, /TargetPort:|targetPort/) ?? citeAny(call?.service)],
          involves: [ref, ...(call === undefined ? [] : [call.service.ref])],
          remedies: [
            look('See on which addresses it listens', exec(ref, undefined, ['ss', '-ltn'])),
            change(`Let ${workload.kind} ${workload.name} listen on 0.0.0.0:${port}`),
          ],
        },
      ];
    });
  },
};
