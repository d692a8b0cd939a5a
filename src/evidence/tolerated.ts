import { parseAllDocuments } from 'yaml';
import { at, isObject, objects, text } from '../json.ts';
import type { EvidenceItem } from './model.ts';

/** Workflows and runs are far smaller. */
const MAX_TEXT = 400_000;

/** Steps of GitHub Actions whose failure their job outlives. */
export interface Tolerated {
  /** How the log heads such a step, behind `##[group]`: `Run npm audit`, `Run actions/upload-artifact@v4`. */
  readonly steps: ReadonlySet<string>;
  /** Jobs that went well in the end, by their names. */
  readonly jobs: ReadonlySet<string>;
}

/** The heads of steps that a workflow lets fail (`continue-on-error: true`): the first line of the script, or the action. */
function inWorkflow(source: string): string[] {
  return parseAllDocuments(source, { logLevel: 'silent' }).flatMap((document) => {
    const jobs: unknown = at(document.toJS({ maxAliasCount: 100 }), 'jobs');
    if (!isObject(jobs)) return [];
    return Object.values(jobs).flatMap((job) =>
      objects(at(job, 'steps')).flatMap((step) => {
        const head = text(step.run)?.trimStart().split('\n')[0] ?? text(step.uses);
        return step['continue-on-error'] === true && head !== undefined ? [`Run ${head.trim()}`] : [];
      }),
    );
  });
}

/** Jobs and steps that a run calls a success (`gh run view --json jobs`, the API): a step that may fail is one whatever it said. */
function inRun(source: string): { readonly steps: string[]; readonly jobs: string[] } {
  const value: unknown = JSON.parse(source.slice(source.indexOf('{'), source.lastIndexOf('}') + 1));
  const jobs = objects(at(value, 'jobs'));
  const well = (one: { conclusion?: unknown }) => one.conclusion === 'success';
  const names = (all: readonly { name?: unknown }[]) => all.flatMap(({ name }) => text(name) ?? []);
  // Jobs of a matrix have the same steps: one that failed anywhere is no success.
  const steps = jobs.flatMap((job) => objects(job.steps));
  const failed = new Set(names(steps.filter((step) => step.conclusion === 'failure')));
  return { jobs: names(jobs.filter(well)), steps: names(steps.filter(well)).filter((name) => !failed.has(name)) };
}

/** What workflows and runs among the texts say of steps that may fail; empty where there are none. */
export function toleratedIn(items: readonly EvidenceItem[]): Tolerated {
  const [steps, jobs] = [new Set<string>(), new Set<string>()];
  for (const { text: source } of items) {
    if (source.length > MAX_TEXT) continue;
    try {
      if (/continue-on-error:\s*true/.test(source) && /^jobs:/m.test(source))
        for (const head of inWorkflow(source)) steps.add(head);
      if (!/"conclusion"\s*:\s*"success"/.test(source) || !/"jobs"\s*:/.test(source)) continue;
      const run = inRun(source);
      for (const name of run.steps) steps.add(name);
      for (const name of run.jobs) jobs.add(name);
    } catch {
      // Cut short, or no such document: it says nothing.
    }
  }
  return { steps, jobs };
}
