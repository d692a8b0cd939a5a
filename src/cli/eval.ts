import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import { OpslineError } from '../errors.ts';
import type { EvaluationLog } from '../evaluation/log.ts';
import type { AnySuite } from '../evaluation/suite.ts';
import type { Predictor } from '../model/predictor.ts';
import { nearest } from '../nearest.ts';
import { untilInterrupted } from './interrupt.ts';
import { createTicker, print, printJson, say, wantsColor } from './io.ts';
import { modelOption, outputOption } from './options.ts';

interface EvalFlags {
  readonly suites: string;
  readonly record?: boolean;
  readonly live?: boolean;
  readonly model?: string;
  readonly case?: string[];
  readonly junit?: string;
  readonly json?: string;
  readonly writeBaseline?: boolean;
  readonly output: 'text' | 'json';
}

/** One suite, answered with its model and by rules alone, and why it must not pass. */
interface Verdict {
  readonly suite: string;
  readonly withModel: EvaluationLog;
  readonly rulesOnly: EvaluationLog;
  readonly reasons: readonly string[];
}

const OWN_SUITES = fileURLToPath(new URL('../../evals', import.meta.url));

/** `opsline eval`: how well the pipelines answer, held against the committed baseline. */
export function addEval(program: Command): void {
  program
    .command('eval')
    .description('score the pipelines on their evaluation suites, with the model and by rules alone')
    .argument('[suite...]', 'names of suites; all when absent')
    .option('--suites <folder>', 'folder of the suites', OWN_SUITES)
    .addOption(
      new Option(
        '--record',
        'ask the model where no recording answers, keep its answers, remove those that no case asks for',
      ),
    )
    .addOption(new Option('--live', 'ask the model, use and keep no recordings').conflicts('record'))
    .addOption(modelOption())
    .option('--case <id...>', 'only these cases (no gate then)')
    .option('--junit <file>', 'write JUnit XML')
    .option('--json <file>', 'write the evaluation logs as JSON')
    .option('--write-baseline', 'make this result the bar for later runs')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit code: 0 at or above the baseline, 1 below it or worse with the model than without, 2 failure.

Examples:
  opsline eval                                     every suite from its recordings, as CI does
  opsline eval deploy-explanation --record         ask the model where no recording answers
  opsline eval --model openai:gpt-5-mini --live`,
    )
    .action(async (names: string[], flags: EvalFlags) => {
      const { findSuites } = await import('../evaluation/find-suites.ts');
      const suites = await findSuites(flags.suites, names);
      await requireCases(suites, flags.case ?? []);
      const verdicts: Verdict[] = [];
      for (const suite of suites) verdicts.push(await evaluate(suite, flags));
      await report(verdicts, flags);
      process.exitCode = verdicts.some(({ reasons }) => reasons.length > 0) ? 1 : 0;
    });
}

/** Throws `invalid-input` for a case that no suite has: running nothing must not look like passing. */
async function requireCases(suites: readonly AnySuite[], ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { loadCases } = await import('../evaluation/cases.ts');
  const known = (await Promise.all(suites.map(loadCases))).flat().map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length === 0) return;
  const near = unknown.flatMap((id) => nearest(id, known));
  const hint = near.length === 0 ? 'Cases are the folders under cases/ of a suite.' : `Near it: ${near.join(', ')}.`;
  throw new OpslineError('invalid-input', `There is no case ${unknown.join(', ')}. ${hint}`);
}

async function evaluate(suite: AnySuite, flags: EvalFlags): Promise<Verdict> {
  const [
    { runSuite },
    { gate },
    { readBaseline, writeBaseline },
    { createPredictor },
    { noModel },
    { unusedRecordings },
  ] = await Promise.all([
    import('../evaluation/run-suite.ts'),
    import('../evaluation/gate.ts'),
    import('../evaluation/baseline.ts'),
    import('../model/create.ts'),
    import('../model/predictor.ts'),
    import('../model/fetch/recordings.ts'),
  ]);
  const interrupt = untilInterrupted();
  const ticker = createTicker();
  const score = async (predictor: Predictor): Promise<EvaluationLog> => {
    try {
      return await runSuite(suite, {
        predictor,
        signal: interrupt.signal,
        ...(flags.case === undefined ? {} : { only: flags.case }),
        onCase: (id, done, total) => ticker.tell(`${suite.name} · ${predictor.model} · ${done}/${total} ${id}`),
      });
    } finally {
      await predictor.close();
      ticker.clear();
    }
  };
  const folder = join(suite.folder, 'recordings');
  const asked = new Set<string>();
  try {
    const rulesOnly = await score(noModel());
    const withModel = await score(
      await createPredictor(process.env, {
        model: flags.model ?? suite.model,
        recordings: {
          mode: flags.live ? 'live' : flags.record ? 'record' : 'replay',
          folder,
          asked,
        },
      }),
    );
    if (flags.writeBaseline) say(`wrote ${await writeBaseline(suite, withModel, rulesOnly)}`);
    const reasons = flags.case === undefined ? gate(await readBaseline(suite), withModel, rulesOnly) : [];
    const unused = sawAll(withModel, flags) ? await unusedRecordings(folder, asked, withModel.model) : [];
    if (unused.length > 0) reasons.push(...(await settle(suite.name, folder, unused, flags)));
    return { suite: suite.name, withModel, rulesOnly, reasons };
  } finally {
    interrupt.done();
  }
}

/** Whether every recording that a case needs was asked for: all cases ran, and all to their end. */
function sawAll({ model, cases }: EvaluationLog, flags: EvalFlags): boolean {
  const whole = flags.case === undefined && flags.live !== true && model !== 'none';
  return whole && cases.every(({ status }) => status === 'succeeded');
}

/** Recordings that no case asks for are removed while recording, and otherwise a reason not to pass. */
async function settle(
  suite: string,
  folder: string,
  unused: readonly string[],
  flags: EvalFlags,
): Promise<readonly string[]> {
  const list = unused.join(', ');
  if (flags.record !== true)
    return [`no case asks for ${list} in ${folder}. Remove it with: opsline eval ${suite} --record`];
  await Promise.all(unused.map((name) => rm(join(folder, name))));
  say(`removed from ${folder}, because no case asks for it: ${list}`);
  return [];
}

async function report(verdicts: readonly Verdict[], flags: EvalFlags): Promise<void> {
  const { junitReport, tableReport } = await import('../evaluation/reports.ts');
  const logs = verdicts.flatMap(({ rulesOnly, withModel }) => [rulesOnly, withModel]);
  if (flags.junit !== undefined) await write(flags.junit, junitReport(logs));
  if (flags.json !== undefined) await write(flags.json, `${JSON.stringify(logs, null, 2)}\n`);
  if (flags.output === 'json') return printJson(verdicts);
  const color = wantsColor(process.stdout);
  const { red, green } = pc.createColors(color);
  for (const { suite, withModel, rulesOnly, reasons } of verdicts) {
    print(`${tableReport(rulesOnly, { color })}\n`);
    if (withModel.model !== 'none') print(`${tableReport(withModel, { color })}\n`);
    for (const reason of reasons) print(red(`below the bar: ${reason}`));
    if (reasons.length === 0) print(green(`${suite}: at or above its baseline`));
    print('');
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
