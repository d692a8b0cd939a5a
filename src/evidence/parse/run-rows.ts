import type { Row } from './table.ts';

const COLUMNS = /^(?:NAMESPACE\s+)?NAME\s+SUCCEEDED\s+REASON\s+STARTTIME\s+COMPLETIONTIME\s*$/;

/**
 * The kind of Tekton's runs that a table shows where the command is not known: both have the same columns, and reasons that begin with
 * the kind. A PipelineRun that went well is `Completed`, which no TaskRun is.
 */
export function kindOfRunTable(header: string, rows: readonly Row[]): string | undefined {
  if (!COLUMNS.test(header)) return undefined;
  const reasons = rows.map(({ cells }) => cells.REASON ?? '');
  if (reasons.some((reason) => reason.startsWith('TaskRun'))) return 'TaskRun';
  return reasons.some((reason) => /^(?:PipelineRun|Completed$)/.test(reason)) ? 'PipelineRun' : undefined;
}
