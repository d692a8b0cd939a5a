import type { AlertRecord } from '../parse/exports.ts';

/** A label as chats, mails and pagers write it: `• alertname: X`, ` - alertname = X`, `*pod:* web-0`, `pod="web-0"`. */
const LABEL =
  /^\s*(?:[•*·▪-]\s+)?[*_`]*([a-z_][a-z0-9_]{1,60})[*_`]*\s*[:=][*_`]*\s*["'`]?([^"'`]{1,300}?)["'`]?,?\s*$/;
/** The head of a notification: `[FIRING:2] KubeNodeNotReady (…)`, `[RESOLVED] KubePodCrashLooping`. */
const HEAD = /\[(FIRING|RESOLVED)(?::\d+)?\]:?\s+([A-Z][A-Za-z0-9]{4,80})?/;
/** Opsgenie writes the integration before the alert's name. */
const INTEGRATION = /^#?\d*:?\s*\[(?:Prometheus|Alertmanager|Grafana)\]:?\s+([A-Z][A-Za-z0-9]{4,80})\s*$/;
const SAID = /^\s*[*_]*(?:description|summary|message|Description|Summary|Message)[*_]*\s*[:=]\s*[*_]*(.+)$/;
/** Labels of one alert, with what stands between them. */
const FAR = 40;
/** Titles that carry no label. */
const NO_LABEL =
  /^(?:description|summary|message|runbook|runbook_url|graph|source|note|alert|details|tags|alias|dashboard|url|http|https)$/;

interface Started {
  name?: string;
  status: string;
  readonly at: number;
  readonly labels: Record<string, string>;
  summary: string;
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
  const open = (at: number, status: string, name?: string) => {
    found.push({ at, status, labels: {}, summary: '', ...(name === undefined ? {} : { name }) });
    read.add(at);
  };
  for (const [at, line] of lines.entries()) {
    if (line.length > 1000) continue;
    const [head, status = '', called] = HEAD.exec(line) ?? [];
    const integrated = INTEGRATION.exec(line.trim())?.[1];
    if (head !== undefined) open(at, status.toLowerCase(), called);
    else if (integrated !== undefined) open(at, 'firing', integrated);
    const [, key = '', value = ''] = LABEL.exec(line) ?? [];
    const current = found.at(-1);
    if (key === 'alertname') {
      // A label of the alert that is told above, or the first of another.
      const own = current !== undefined && at - current.at < FAR && current.labels.alertname === undefined;
      if (!own || (current.name !== undefined && current.name !== value && Object.keys(current.labels).length > 0))
        open(at, current !== undefined && at - current.at < FAR ? current.status : 'firing', value);
      const last = found.at(-1);
      if (last !== undefined) Object.assign(last, { name: value }).labels.alertname = value;
      read.add(at);
      continue;
    }
    if (current === undefined || at - current.at > FAR) continue;
    const said = SAID.exec(line)?.[1];
    if (said !== undefined) {
      current.summary ||= said.trim();
      read.add(at);
    } else if (key !== '' && !NO_LABEL.test(key) && current.labels[key] === undefined) {
      current.labels[key] = value;
      read.add(at);
    }
  }
  const alerts = found.flatMap(({ name, status, labels, summary }): AlertRecord[] =>
    name === undefined || Object.keys(labels).every((key) => key === 'alertname')
      ? []
      : [{ name, status, labels: { alertname: name, ...labels }, summary }],
  );
  return { alerts, read: alerts.length === 0 ? new Set() : read };
}
