import { readCommand } from '../../src/evidence/command.ts';
import { describe, endedLogs } from '../../src/evidence/commands/kubectl.ts';
import type { Command } from '../../src/evidence/commands/shell.ts';
import { cutShort } from '../../src/evidence/cut-short.ts';
import { sameObject } from '../../src/evidence/model.ts';
import { refusesReader } from '../../src/evidence/reader-errors.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import type { View } from './view.ts';

const MAX_REFUSALS = 3;

/** `: kubectl …`, where there is a command that shows it. */
function by(command: Command | undefined): string {
  return command === undefined ? '' : `: ${command}`;
}

/** Kinds whose objects have no state that could be bad: what lacks one of them says so itself. */
const STATELESS =
  /^(?:Secret|ConfigMap|ServiceAccount|(?:Cluster)?Role(?:Binding)?|Namespace|StorageClass|IngressClass|PriorityClass|RuntimeClass|CustomResourceDefinition|CertificateSigningRequest|csr|certificatesigningrequests?)$/;

/** Whether a command lists what tells nothing of how things are. */
function listsStateless(command: string | undefined): boolean {
  const { verb, kind = '', name } = readCommand(command ?? '');
  return verb === 'get' && name === undefined && STATELESS.test(kind);
}

/** Whether a log, an object or a list that was asked for could not be read, or not all of it. */
export function readingRefused({ scene }: View): boolean {
  return scene.items.some(
    (item) =>
      cutShort(item) !== undefined ||
      (!listsStateless(item.command) && item.text.split('\n').some((line) => refusesReader(line, item.command))),
  );
}

/**
 * What a person would look at next and the evidence does not hold, each with the command that shows it. Not for what was read from a
 * cluster: whoever read it tried these, and says what could not be read.
 */
export function notSeen(view: View, findings: readonly Finding[]): string[] {
  const missing: string[] = [];
  for (const { command = '', text } of view.scene.items) {
    const refusal = text.split('\n').find((line) => refusesReader(line, command));
    if (refusal !== undefined && missing.length < MAX_REFUSALS)
      missing.push(`what \`${command.slice(0, 120)}\` would show: ${refusal.slice(0, 240)}`);
  }
  const cut = view.scene.items.flatMap((item) => {
    const line = cutShort(item);
    return line === undefined
      ? []
      : [`the rest of what \`${(item.command ?? '').slice(0, 120)}\` shows: ${line.trim()}`];
  });
  missing.push(...cut.slice(0, MAX_REFUSALS));
  const crashed = view.troubled.filter((pod) =>
    pod.containers.some((c) => c.restarts > 0 || c.waiting?.reason === 'CrashLoopBackOff'),
  );
  for (const pod of crashed.slice(0, 3)) {
    const workload = workloadOf(view.scene, pod.ref);
    const has = view.scene.logs.some(
      (log) =>
        log.pod !== undefined &&
        (sameObject(log.pod, pod.ref) || sameObject(workloadOf(view.scene, log.pod), workload)),
    );
    if (!has) missing.push(`the log of Pod ${pod.ref.name} before it crashed${by(endedLogs(pod))}`);
  }
  if (view.troubled.length > 0 && view.scene.events.length === 0) {
    const first = view.troubled[0];
    if (first !== undefined) missing.push(`events${by(describe(first.ref))}`);
  }
  const builder = findings.find(({ kind }) => kind === 'nix-builder-failed');
  if (builder !== undefined) missing.push(`the whole log of the builder of ${builder.object.name}: nix log`);
  if (view.scene.objects.length === 0 && findings.length === 0)
    missing.push('any object or status: kubectl get all,events and kubectl describe of what fails');
  else if (view.pods.length === 0 && findings.length === 0) missing.push('pods: kubectl get pods -o wide');
  if (view.scene.logs.length === 0 && findings.length === 0)
    missing.push('logs of the program: kubectl logs POD --all-containers');
  return missing;
}

const NOTIFICATIONS = {
  argocd:
    'the Application in a notification of Argo CD: kubectl get pods,events, kubectl describe and kubectl logs tell more',
  alertmanager:
    'the alerts in a notification of Alertmanager: kubectl get pods,events, kubectl describe and kubectl logs tell more',
};

/** What is missing when nothing but a notification was there to read. */
export function beyondNotification({ via }: Pick<ExplainRequest, 'via'>): string[] {
  return via === undefined
    ? []
    : [`the cluster itself: nobody looked there, all that is known is ${NOTIFICATIONS[via]}`];
}
