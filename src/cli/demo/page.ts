import pc from 'picocolors';
import type { Run } from '../../runs/run.ts';
import { print } from '../io.ts';

/** What a chapter of the demo is about. */
export interface Chapter {
  readonly title: string;
  readonly about: string;
}

/** Prints the demo's chapters on standard output, each as one piece: others may finish meanwhile. */
export interface Page {
  /** A run's rendered output, or why it has none. */
  run(chapter: Chapter, run: Run, render: (output: unknown, options: { color: boolean }) => string): void;
  /** Why there is nothing to show, and the one command that mends it. */
  missing(chapter: Chapter, what: string, mend?: string): void;
  /** Something worth knowing that is no chapter. */
  note(text: string): void;
}

/** `before` is called before anything is printed, to clear what else stands on the terminal. */
export function createPage(color: boolean, before: () => void): Page {
  const { bold, dim, cyan, yellow } = pc.createColors(color);
  const begin = ({ title, about }: Chapter): void => {
    before();
    print(`\n${bold(cyan(`── ${title} `.padEnd(78, '─')))}\n${dim(about)}\n`);
  };
  const missing: Page['missing'] = (chapter, what, mend) => {
    begin(chapter);
    print(`${yellow('not shown:')} ${what}${mend === undefined ? '' : `\nmend it with: ${bold(mend)}`}`);
  };
  return {
    missing,
    note(text) {
      before();
      print(`\n${dim(text)}`);
    },
    run(chapter, run, render) {
      if (run.status !== 'succeeded') {
        missing(chapter, `${run.id} ${run.status}: ${run.error?.message ?? 'no reason was given'}`);
        return;
      }
      begin(chapter);
      print(`${render(run.output, { color }).trimEnd()}\n\n${dim(footer(run))}`);
    },
  };
}

function footer(run: Run): string {
  const seconds = run.startedAt && run.finishedAt ? (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 : 0;
  const why = run.modeReason === undefined ? '' : `: ${run.modeReason}`;
  const mode = run.mode === 'model' ? 'with the model' : `rules alone${why}`;
  return `${run.pipeline} v${run.version} · ${mode} · ${seconds.toFixed(1)} s · ${run.id}`;
}
