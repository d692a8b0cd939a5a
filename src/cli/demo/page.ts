import pc from 'picocolors';
import type { Run } from '../../runs/run.ts';
import { print } from '../io.ts';

/** Prints the demo's chapters on standard output. */
export interface Page {
  readonly color: boolean;
  chapter(title: string, about: string): void;
  /** A rendered result, with a line that says which run it was. */
  result(text: string, run: Run): void;
  /** Why there is nothing to show, and the one command that mends it. */
  missing(what: string, mend: string | undefined): void;
}

export function createPage(color: boolean): Page {
  const { bold, dim, cyan, yellow } = pc.createColors(color);
  return {
    color,
    chapter: (title, about) => print(`\n${bold(cyan(`── ${title} `.padEnd(78, '─')))}\n${dim(about)}\n`),
    result: (text, run) => print(`${text.trimEnd()}\n\n${dim(footer(run))}`),
    missing: (what, mend) =>
      print(`${yellow('not shown:')} ${what}${mend === undefined ? '' : `\nmend it with: ${bold(mend)}`}`),
  };
}

function footer(run: Run): string {
  const seconds = run.startedAt && run.finishedAt ? (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 : 0;
  const mode = run.mode === 'model' ? 'with the model' : `rules alone (${run.modeReason ?? 'no model was needed'})`;
  return `${run.pipeline} v${run.version} · ${mode} · ${seconds.toFixed(1)} s · ${run.id}`;
}
