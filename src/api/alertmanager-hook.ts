import { z } from 'zod';
import type { Trouble } from './trouble.ts';

const Labels = z.record(z.string(), z.string());

const Alert = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: Labels,
  annotations: Labels.default({}),
  startsAt: z.iso.datetime({ offset: true }),
});

/** What Alertmanager posts to a `webhook_config`: version 4 of its payload. */
export const AlertmanagerNotification = z
  .looseObject({
    version: z.literal('4'),
    groupKey: z.string().min(1).max(10_000),
    status: z.enum(['firing', 'resolved']),
    commonLabels: Labels.default({}),
    alerts: z.array(Alert).min(1),
  })
  .describe("Alertmanager's webhook payload, version 4.");
export type AlertmanagerNotification = z.infer<typeof AlertmanagerNotification>;

/** Labels that name what an alert is about, the most telling first. */
const SUBJECTS = ['deployment', 'statefulset', 'daemonset', 'job_name', 'pod', 'service'];

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function targetOf({ commonLabels }: AlertmanagerNotification): string | undefined {
  const subject = SUBJECTS.map((label) => commonLabels[label]).find((name) => name !== undefined && name !== '');
  if (subject === undefined) return undefined;
  const { namespace } = commonLabels;
  return (namespace ? `${namespace}/${subject}` : subject).slice(0, 400);
}

/**
 * The run that a notification asks for, one for each group of alerts and the time since when it fires; or why none is started.
 * Repetitions, and alerts that join the group later, belong to the run that the first one started. With a cluster, what is there
 * is evidence, too.
 */
export function ofAlertmanagerNotification(notification: AlertmanagerNotification, cluster?: string): Trouble {
  const { groupKey, status, alerts, ...rest } = notification;
  const firing = alerts.filter((alert) => alert.status === 'firing');
  const [first] = firing.map(({ startsAt }) => Date.parse(startsAt)).sort((a, b) => a - b);
  if (status === 'resolved' || first === undefined)
    return { skipped: 'Nothing in this group fires any more: there is nothing to explain.' };
  const target = targetOf(notification);
  const { namespace } = notification.commonLabels;
  return {
    key: ['alertmanager', ...(cluster === undefined ? [] : [cluster]), groupKey, status, new Date(first).toISOString()],
    input: {
      via: 'alertmanager',
      ...(target === undefined ? {} : { target }),
      ...(cluster === undefined ? {} : { cluster }),
      ...(cluster !== undefined && NAMESPACE.test(namespace ?? '') ? { namespace } : {}),
      // The alerts stand first: by them the text is recognised.
      evidence: [{ name: 'alerts.json', text: JSON.stringify({ status, groupKey, alerts, ...rest }, null, 2) }],
    },
  };
}
