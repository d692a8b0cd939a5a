import type { AlertRecord } from '../parse/exports.ts';

/** A label as chats, mails and pagers write it: `• alertname: X`, ` - alertname = X`, `*pod:* web-0`, `pod="web-0"`. */
const LABEL =
  /^\s*(?:[•*·▪-]\s+)?[*_`]*([a-z_][a-z0-9_]{1,60})[*_`]*\s*[:=][*_`]*\s*["'`]?([^"'`]{1,300}?)["'`]?,?\s*$/;
/** The head of a notification: `[FIRING:2] KubeNodeNotReady (…)`, `[RESOLVED] KubePodCrashLooping`. */
const HEAD = /\[(FIRING|RESOLVED)(?::\d+)?\]:?\s+([A-Z][A-Za-z0-9]{4,80})?/;
/** Grafana puts one over the labels of all alerts that fire, and one over those that are resolved: `**Firing**`. */
const GROUP = /^\W{0,6}(Firing|Resolved)\W{0,6}$/;
/** Opsgenie writes the integration before the alert's name. */
const INTEGRATION = /^#?\d*:?\s*\[(?:Prometheus|Alertmanager|Grafana)\]:?\s+([A-Z][A-Za-z0-9]{4,80})\s*$/;
const SAID = /^\s*[*_]*(?:description|summary|message|Description|Summary|Message)[*_]*\s*[:=]\s*[*_]*(.+)$/;
/** Labels of one alert, with what stands between them. */
const FAR = 40;
/** Titles that carry no label. */
const NO_LABEL =
  /^(?:description|summary|message|runbook|runbook_url|graph|source|note|alert|details|tags|alias|dashboard|url|http|https)$/;

/** Labels that tell what an alert is about. */
const PLACES =
  /^(?:namespace|pod|instance|job|service|node|container|cluster|host|hostname|device|deployment|statefulset|daemonset|replicaset|cronjob|job_name|horizontalpodautoscaler|persistentvolumeclaim)$/;
/** What stands above an alert's name in a configuration (routes, inhibitions, silences) and in no alert. */
const CONFIGURES =
  /^\s*(?:- )?["']?(?:(?:source_|target_)?match(?:_re|ers)?|routes?|receivers?|inhibit_rules|inhibit|silences?|mute_time_intervals)["']?\s*:\s*[[{]?\s*$/;
/** How an alert says beside its labels whether it still fires, and in which words. */
const STATUS = /^(?:status|state)$/;
const STATUSES: Readonly<Record<string, string>> = {
  firing: 'firing',
  alerting: 'firing',
  resolved: 'resolved',
  ok: 'resolved',
};
/** So many lines below its status an alert of a list has its name. */
const SOON = 3;

interface Started {
  name?: string;
  status: string;
  /** Whether a notification's head opened it, not the label with its name alone. */
  readonly headed: boolean;
  readonly at: number;
  readonly labels: Record<string, string>;
  summary: string;
}

/** Without a head the name of an alert tells of one only with labels that place it, and not where a configuration matches alerts by it. */
function isAlert(labels: Readonly<Record<string, string>>, above: readonly string[]): boolean {
  return (
    Object.keys(labels).filter((key) => PLACES.test(key)).length > 1 && !above.some((line) => CONFIGURES.test(line))
  );
}

interface ReadAlerts {
  readonly alerts: readonly AlertRecord[];
  readonly read: ReadonlySet<number>;
}

/**
 * Alerts of Prometheus as they come into a chat, a mail or a pager: a head that says that one fires or is resolved, and its labels a line each.
 * What has no labels besides its name tells of nothing, and is left out.
 */
export function alertsInWords(lines: readonly string[]): ReadAlerts {
  const found: Started[] = [];
  const read = new Set<number>();
  const open = (at: number, status: string, headed: boolean, name?: string) => {
    found.push({ at, status, headed, labels: {}, summary: '', ...(name === undefined ? {} : { name }) });
    read.add(at);
  };
  let group: { readonly at: number; readonly status: string } | undefined;
  let next: { readonly at: number; readonly status: string } | undefined;
  for (const [at, line] of lines.entries()) {
    if (line.length > 1000) continue;
    const [head, status = '', called] = HEAD.exec(line) ?? [];
    const integrated = INTEGRATION.exec(line.trim())?.[1];
    if (head !== undefined) open(at, status.toLowerCase(), true, called);
    else if (integrated !== undefined) open(at, 'firing', true, integrated);
    const over = GROUP.exec(line)?.[1];
    if (over !== undefined) group = { at, status: over.toLowerCase() };
    const [, key = '', value = ''] = LABEL.exec(line) ?? [];
    const current = found.at(-1);
    if (key === 'alertname') {
      const heads = [group, current?.headed === true ? current : undefined].filter((one) => one !== undefined);
      const head = heads.filter((one) => at - one.at < FAR).toSorted((a, b) => b.at - a.at)[0];
      // A label of the alert that is told above, or the first of another.
      const own = current !== undefined && at - current.at < FAR && current.labels.alertname === undefined;
      if (
        !own ||
        (group !== undefined && group.at > current.at) ||
        (current.name !== undefined && current.name !== value && Object.keys(current.labels).length > 0)
      )
        open(at, head?.status ?? 'firing', head !== undefined, value);
      const last = found.at(-1);
      if (last !== undefined) Object.assign(last, { name: value }).labels.alertname = value;
      if (last !== undefined && next !== undefined && at - next.at <= SOON) last.status = next.status;
      read.add(at);
      continue;
    }
    const told = STATUS.test(key) ? STATUSES[value.toLowerCase()] : undefined;
    // In a list the status stands above the labels of its alert.
    if (told !== undefined && lines.slice(at + 1, at + 1 + SOON).some((one) => LABEL.exec(one)?.[1] === 'alertname')) {
      next = { at, status: told };
      continue;
    }
    if (current === undefined || at - current.at > FAR) continue;
    const said = SAID.exec(line)?.[1];
    if (told !== undefined) {
      current.status = told;
      read.add(at);
    } else if (said !== undefined) {
      current.summary ||= said.trim();
      read.add(at);
    } else if (key !== '' && !NO_LABEL.test(key) && current.labels[key] === undefined) {
      current.labels[key] = value;
      read.add(at);
    }
  }
  const alerts = found.flatMap(({ name, status, labels, summary, headed, at }): AlertRecord[] =>
    name === undefined ||
    Object.keys(labels).every((key) => key === 'alertname') ||
    (!headed && !isAlert(labels, lines.slice(Math.max(0, at - FAR), at)))
      ? []
      : [{ name, status, labels: { alertname: name, ...labels }, summary }],
  );
  return { alerts, read: alerts.length === 0 ? new Set() : read };
}
