import { citeLines } from '../../src/evidence/cite.ts';
import type { Citation } from '../../src/evidence/model.ts';
import { jobEnd, type OutputLine } from '../../src/evidence/outputs.ts';
import { citeOutput, outputsIn } from './analyzers/output-analyzer.ts';
import type { View } from './view.ts';

/** What tools print when all they were asked to do is done. */
const DONE: readonly RegExp[] = [
  /^No changes\. /,
  /^(?:Apply|Destroy) complete! Resources: /,
  /^Plan: \d+ to add, \d+ to change, 0 to destroy\./,
  /^Success! The configuration is valid/,
  /^\[INFO\] BUILD SUCCESS/,
  /^BUILD SUCCESSFUL in /,
  /^Build succeeded\.$/,
  /^Passed! +- Failed: +0,/,
  /^test result: ok\. /,
  /^=+ (?:\d+ (?:passed|skipped|warnings?|deselected|xfailed)(?:, )?)+ in [\d.]+s/,
  /^\s*Test Files {2}\d+ passed \(\d+\)/,
  /^Tests: +(?:\d+ skipped, )?\d+ passed, \d+ total/,
  /^Successfully tagged \S+/,
  /^ ✅ {2}[\w-]+(?: \(no changes\))?$/u,
  /^✔ applied revision \S+$/u,
  // Pulumi's count at the end, where nothing is to be done.
  /^ {4}\d+ unchanged$/,
  /^#\d+ naming to \S+ done/,
  /^(?:deployment|statefulset|daemon set|daemonset) "[\w.-]+" successfully rolled out$/,
  // A program's own count at its end.
  /\b(?:finished|completed?|done)\b.*\b(?:errors?|fail(?:ed|ures?))[=:] ?0\b/,
];

/** What kubectl and Helm say when what they applied has come up; Helm knows it only where it was told to wait. */
const ROLLED_OUT = /^\w+ "[\w.-]+" successfully rolled out$|^Release "[\w.-]+" has been upgraded\. Happy Helming!$/;

function rolledOut(view: View): Citation[] {
  return view.scene.items
    .filter(({ command = '' }) => /^(?:kubectl|oc) |^helm .*--(?:wait|atomic|rollback-on-failure)\b/.test(command))
    .flatMap((item) =>
      item.text
        .split('\n')
        .flatMap((line, index) => (ROLLED_OUT.test(line.trim()) ? (citeLines(item, index) ?? []) : [])),
    );
}

/** Lines by which builds, plans and jobs say that they went well; empty where none says so. */
export function doneIn(view: View): Citation[] {
  const done = outputsIn(view).flatMap((output) => {
    const end = jobEnd(output);
    if (end?.passed === false) return [];
    const passed: readonly (OutputLine | undefined)[] = end === undefined ? [] : [output.lines[end.at]];
    const said = output.lines.filter(({ inner, text }) =>
      DONE.some((pattern) => pattern.test(inner) || pattern.test(text)),
    );
    return [...passed, ...said].flatMap((line) => citeOutput(line) ?? []).slice(0, 3);
  });
  return [...done, ...rolledOut(view)].slice(0, 6);
}
