import { citeLines } from '../../../../src/evidence/cite.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace, nameOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import { at } from '../../../../src/json.ts';
import { millisOf } from '../../moments.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { isUp, subjectOf } from '../startup/log-errors.ts';

/** Names of one short word stand in any log. */
const TELLING = 8;

/** Words for what should have been made and was not. */
const ABSENT =
  /\b(?:stale|outdated|out of date|overdue|missed|last (?:run|success\w*|refresh\w*|update\w*)|(?:not|never|hasn't|has not) (?:been )?(?:run|ran|updated|refreshed|made|finished)|older than|too old|hours? old|days? old)\b/i;

/** A field's value that is a time. */
const STAMP = /^["']?\s*[=:]\s*["']?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(?:Z|[+-]\d\d:?\d\d)?)/;
const DAY_MS = 86_400_000;

/** Whether a field of the name holds a time that lies a day or longer before the line's own: what was made then is used still. */
function isOld({ raw, time }: LogLine, name: RegExp): boolean {
  const found = name.exec(raw);
  if (found === null) return false;
  const made = millisOf(STAMP.exec(raw.slice(found.index + found[0].length))?.[1]);
  const now = millisOf(time);
  return made !== undefined && now !== undefined && now - made >= DAY_MS;
}

/** The last line in which a program that is up misses a CronJob, by its name as such or as the name of a field (`stock_sync`). */
function spokenOf(view: View, { name }: ObjectRef): Citation | undefined {
  if (name.length < TELLING || !name.includes('-')) return undefined;
  const spelt = new RegExp(`(?<![\\w-])${name.replaceAll('.', '\\.').replaceAll('-', '[-_ ]')}(?![\\w-])`, 'i');
  // The first word of it, in any spelling, is looked for before the line is.
  const [first = ''] = name.split('-');
  const capital = first.charAt(0).toUpperCase() + first.slice(1);
  const speaks = (line: LogLine) => {
    const { raw, level } = line;
    return (
      (raw.includes(first) || raw.includes(capital) || raw.includes(first.toUpperCase())) &&
      spelt.test(raw) &&
      (level === 'warning' || level === 'error' || level === 'fatal' || ABSENT.test(raw) || isOld(line, spelt))
    );
  };
  for (const log of view.scene.logs) {
    const subject = log.previous || log.pipeline === true ? undefined : subjectOf(view, log);
    const line = subject === undefined || /Job$/.test(subject.kind) ? undefined : log.lines.findLast(speaks);
    if (line !== undefined && isUp(view, log)) return citeLines(log.item, line.n - log.item.lines.from);
  }
  return undefined;
}

export const cronjobSuspended: Analyzer = {
  kind: 'cronjob-suspended',
  stage: 'running',
  depth: DEPTH.workload,
  title: 'The CronJob is suspended',
  about:
    'spec.suspend is true, so no Job is made. It counts only where the evidence (also the log of a program that misses its work) or the question is about the CronJob: suspended ones among many other things are deliberate.',
  remedy: 'Resume it, once it is known why it was suspended.',
  find: (view) =>
    view.scene.objects.flatMap((cron): Draft[] => {
      if (cron.ref.kind !== 'CronJob' || at(cron.object, 'spec', 'suspend') !== true) return [];
      const { namespace, name } = cron.ref;
      const alone = !view.pods.some(
        ({ ref }) => [ref.namespace, namespace].includes(undefined) || ref.namespace === namespace,
      );
      const spoken = spokenOf(view, cron.ref);
      const meant = alone || spoken !== undefined || cron.sightings.some(({ item }) => item.command?.includes(name));
      return [
        {
          object: { ...cron.ref, path: 'spec.suspend' },
          summary: `${named(cron.ref)} is suspended, so it makes no Jobs`,
          confidence: 0.8,
          severity: 'degraded',
          onlyIfNamed: !meant,
          citations: [cite(cron, /[Ss]uspend"?:\s+[Tt]rue|\bTrue\b/) ?? citeAny(cron), spoken],
          remedies: [
            look('Find out who suspended it', describe(cron.ref)),
            change(
              'Resume it',
              'low',
              command(
                'kubectl',
                'patch',
                'cronjob',
                nameOf(cron.ref),
                inNamespace(cron.ref),
                '-p',
                '{"spec":{"suspend":false}}',
              ),
            ),
          ],
        },
      ];
    }),
};
