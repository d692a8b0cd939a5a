import { createColors } from 'picocolors';
import type { EvaluationLog } from './log.ts';

/** A terminal table: one row per case, one column per metric, means below. `·` is "could not be scored". */
export function tableReport(log: EvaluationLog, options: { color: boolean }): string {
  const colors = createColors(options.color);
  const names = Object.keys(log.metrics);
  const header = ['case', 'mode', ...names, 'ms', 'tokens'];
  const rows = log.cases.map((result) => [
    result.id,
    result.status === 'succeeded' ? result.mode : result.status,
    ...names.map((name) => cell(result.scores[name]?.value ?? null)),
    result.durationMs.toFixed(0),
    String(result.inputTokens + result.outputTokens),
  ]);
  const means = ['mean', '', ...names.map((name) => cell(log.metrics[name]?.mean ?? null)), '', ''];
  const widths = header.map((_, i) => Math.max(...[header, ...rows, means].map((row) => (row[i] ?? '').length)));
  const line = (row: string[]): string =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const notes = log.cases.flatMap((result) =>
    Object.entries(result.scores)
      .filter(
        ([, { value, note }]) => note !== undefined && (value === null ? result.status !== 'succeeded' : value < 1),
      )
      .map(([name, { note }]) => colors.yellow(`  ${result.id} · ${name}: ${note}`)),
  );
  return [
    colors.bold(`${log.suite} v${log.pipelineVersion} · ${log.model} · ${log.cases.length} cases`),
    colors.dim(line(header)),
    ...rows.map(line),
    colors.bold(line(means)),
    ...notes,
  ].join('\n');
}

function cell(value: number | null): string {
  return value === null ? '·' : value.toFixed(2);
}

/** JUnit XML as CI systems read it: a test case per case and metric; unscored is `skipped`, below 1 is `failure`. */
export function junitReport(logs: readonly EvaluationLog[]): string {
  const suites = logs.map((log) => {
    const cases = log.cases.flatMap((result) =>
      Object.entries(result.scores).map(([name, { value, note }]) => {
        const open = `    <testcase classname="${xml(`${log.suite}.${result.id}`)}" name="${xml(name)}" time="${(result.durationMs / 1000).toFixed(3)}"`;
        if (value === 1) return `${open}/>`;
        const inner =
          value === null
            ? `<skipped message="${xml(note ?? '')}"/>`
            : `<failure message="${xml(`${value}: ${note ?? ''}`)}"/>`;
        return `${open}>${inner}</testcase>`;
      }),
    );
    const count = (pick: (value: number | null) => boolean): number =>
      log.cases.reduce(
        (sum, result) => sum + Object.values(result.scores).filter(({ value }) => pick(value)).length,
        0,
      );
    return [
      `  <testsuite name="${xml(`${log.suite} (${log.model})`)}" tests="${cases.length}" failures="${count((v) => v !== null && v < 1)}" skipped="${count((v) => v === null)}" timestamp="${xml(log.startedAt)}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Escapes for XML 1.0 and drops the control characters that XML cannot hold at all. */
function xml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);
}
