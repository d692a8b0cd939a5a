/** Kind of what a log is of, where only the name of a program is known and not what runs it. */
export const PROGRAM = 'Workload';

/** Labels that name the program, as charts, Loki's agents and OpenTelemetry call them; the most telling first. */
const LABELS = [
  'deployment',
  'statefulset',
  'daemonset',
  'job_name',
  'job-name',
  'batch.kubernetes.io/job-name',
  'app',
  'app_kubernetes_io_name',
  'app.kubernetes.io/name',
  'k8s_app',
  'k8s-app',
  'service_name',
  'service',
];

/** The program that labels name: of a stream of logs, or those that a command selects by. */
export function programNamed(labels: Readonly<Record<string, string>>): string | undefined {
  return LABELS.flatMap((label) => labels[label] ?? [])[0];
}

/** Labels that a selector (`app=web,tier!=db`) or a stream's (`{app="web"}`) asks to have a value. */
export function selectedLabels(selector: string): Record<string, string> {
  const pairs = selector.matchAll(/([\w./-]+)\s*==?\s*["']?([\w.-]+)["']?/g);
  return Object.fromEntries([...pairs].map(([, key = '', value = '']) => [key, value]));
}

/** A pod's name as a ReplicaSet gives it, with its namespace before it where the kubelet's or a collector's file name says so. */
const POD_FILE =
  /(?:^|\/|(?:^|\/)([a-z0-9-]+)_)([a-z0-9][a-z0-9-]*-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5})(?=[_.]|$|\/)/;

/** The pod after which a file is named. */
export function podInFileName(file: string): { readonly name: string; readonly namespace?: string } | undefined {
  const [, namespace, name] = POD_FILE.exec(file) ?? [];
  return name === undefined ? undefined : { name, ...(namespace === undefined ? {} : { namespace }) };
}

/**
 * What a pod's name begins with where the pod is a Job's or a DaemonSet's (`import-bf2jr`; five characters of those that names are made of):
 * the name of the one that made it. Undefined for other names.
 */
export function makerOfPod(name: string): string | undefined {
  return /^([a-z0-9][a-z0-9.-]*?)-[bcdfghjklmnpqrstvwxz2456789]{5}$/.exec(name)?.[1];
}
