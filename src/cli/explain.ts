import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import type { Config } from '../config.ts';
import { OpslineError } from '../errors.ts';
import { readEvidenceFiles } from './inputs.ts';
import { print, printJson, wantsColor } from './io.ts';
import { configureRun, type Flags, modelOption, outputOption, serverOption } from './options.ts';
import { runPipeline } from './run-pipeline.ts';

interface ExplainFlags extends Flags {
  readonly output: 'text' | 'md' | 'html' | 'json';
  readonly target?: string;
  readonly question?: string;
  readonly record?: string;
  readonly repo?: string;
  readonly good?: string;
  readonly bad?: string;
}

/** `opsline explain`: the root cause of a failed deploy, from whatever it left behind. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('explain a failed deploy from kubectl and argocd output, objects and logs')
    .argument('<path...>', 'files (also .gz), folders, .tar and .tar.gz archives, or - for standard input')
    .option('--target <name>', 'the workload or application in question, such as shop/api')
    .option('--question <text>', 'what you want to know')
    .option('--repo <folder>', 'a Git repository with the manifests: names the change that brought the failure')
    .option(
      '--good <revision>',
      'the last revision that was well (default: from an Argo CD Application in the evidence)',
    )
    .option('--bad <revision>', 'the revision that failed (default: from the Application, else HEAD)')
    .option('--record <file>', 'also write the run record, for `opsline runs replay`')
    .addOption(modelOption())
    .addOption(serverOption())
    .addOption(outputOption('md', 'html'))
    .addHelpText(
      'after',
      `
Exit code: 0 healthy or progressing, 1 failed, degraded or unknown, 2 usage or failure. A target that the evidence does not
know is no failure: the answer says so under "not seen", with near names.

Examples:
  kubectl -n shop describe pods | opsline explain -
  opsline explain evidence/ --target shop/api
  opsline explain evidence/ --repo . --good v1.4.1     which commit brought it, and a patch that undoes it
  opsline explain events.txt api.log -o json | jq .rootCause
  opsline explain evidence/ -o html > answer.html
  opsline explain evidence/ --model none       rules alone: no model, no network`,
    )
    .action(async (paths: string[], flags: ExplainFlags) => {
      const config = configureRun(flags);
      const repo = repositoryOf(flags, config);
      const { deployExplanationHere } = await import('../../pipelines/deploy-explanation/index.ts');
      const input = {
        evidence: await readEvidenceFiles(paths),
        ...(flags.target === undefined ? {} : { target: flags.target }),
        ...(flags.question === undefined ? {} : { question: flags.question }),
        ...(repo === undefined ? {} : { repo }),
      };
      const explanation = await runPipeline<Explanation>(deployExplanationHere, input, {
        config,
        record: flags.record,
      });
      if (flags.output === 'json') printJson(explanation);
      else if (flags.output === 'md') {
        const { renderMarkdown } = await import('../../pipelines/deploy-explanation/markdown.ts');
        print(renderMarkdown(explanation));
      } else if (flags.output === 'html') {
        const { renderExplanationPage } = await import('../web/explanation.ts');
        print(renderExplanationPage(explanation));
      } else {
        const { renderExplanation } = await import('../../pipelines/deploy-explanation/render.ts');
        print(renderExplanation(explanation, { color: wantsColor(process.stdout) }));
      }
      process.exitCode = explanation.verdict === 'healthy' || explanation.verdict === 'progressing' ? 0 : 1;
    });
}

/** The repository to read. Only this process reads one: a service must not read paths that it is sent. */
function repositoryOf({ repo, good, bad }: ExplainFlags, config: Config): Record<string, string> | undefined {
  if (repo === undefined) {
    if (good === undefined && bad === undefined) return undefined;
    throw new OpslineError('invalid-input', '--good and --bad name revisions of a repository: say which with --repo.');
  }
  if (config.serverUrl !== undefined) {
    const detail =
      '--repo is read by this process alone, never by a service: leave out --server and OPSLINE_URL, or --repo.';
    throw new OpslineError('invalid-input', detail);
  }
  return { path: resolve(repo), ...(good === undefined ? {} : { good }), ...(bad === undefined ? {} : { bad }) };
}
