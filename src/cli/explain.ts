import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import type { Config } from '../config.ts';
import { OpslineError } from '../errors.ts';
import { clusterOf, type WhereFlags, whereOf } from './explain-where.ts';
import { readEvidenceFiles } from './inputs.ts';
import { print, printJson, say, wantsColor } from './io.ts';
import { configureRun, type Flags, modelOption, outputOption, serverOption } from './options.ts';
import { runPipeline } from './run-pipeline.ts';

interface ExplainFlags extends Flags, WhereFlags {
  readonly output: 'text' | 'md' | 'html' | 'json';
  readonly question?: string;
  readonly record?: string;
  readonly repo?: string;
  readonly good?: string;
  readonly bad?: string;
}

/** As many names of files that could not be read as a request holds. */
const MAX_UNREAD = 20;

const collected = (path: string, before: readonly string[] | undefined): string[] => [...(before ?? []), path];

/** `opsline explain`: the root cause of a failed deploy, from the cluster or from whatever the deploy left behind. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description(
      'explain a failed deploy: by looking into the cluster, or from kubectl and argocd output, objects and logs',
    )
    .argument('[target|path...]', 'what to explain, such as deployment/web or app/shop; or evidence to read, as --from')
    .option(
      '--from <path>',
      'evidence: a file (also .gz), folder, .tar or .tar.gz archive, or - for standard input',
      collected,
    )
    .option(
      '-n, --namespace <name>',
      'where to look in the cluster (default: of the context, else where something is unwell)',
    )
    .option('-A, --all-namespaces', 'look in the whole cluster, although the context names a namespace')
    .option('--context <name>', 'a context of the kubeconfig')
    .option('--cluster <name>', 'with --server: one of the clusters that the service is configured with')
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

Without evidence it looks into the cluster of the kubeconfig, and only reads there. With evidence it stays away from it unless -n, -A or
--context says where to look; then both count.

Examples:
  opsline explain                              whatever fails in the context's namespace, or anywhere
  opsline explain deployment/web -n shop
  opsline explain app/shop --repo .            an Argo CD Application, and the commit that broke it
  kubectl -n shop describe pods | opsline explain -
  opsline explain evidence/ --target shop/api
  opsline explain evidence/ --repo . --good v1.4.1     which commit brought it, and a patch that undoes it
  opsline explain events.txt api.log -o json | jq .rootCause
  opsline explain evidence/ -o html > answer.html
  opsline explain evidence/ --model none       rules alone: no model, no network`,
    )
    .action(async (words: string[], flags: ExplainFlags) => {
      const config = configureRun(flags);
      const repo = repositoryOf(flags, config);
      const where = whereOf(words, flags);
      const cluster = where.live ? await clusterOf(where, flags, config) : undefined;
      const { deployExplanationHereOn } = await import('../../pipelines/deploy-explanation/index.ts');
      const unread: string[] = [];
      const files = where.paths.length === 0 ? [] : await readEvidenceFiles(where.paths, (name) => unread.push(name));
      const input = {
        evidence: files,
        ...(unread.length === 0 ? {} : { unread: unread.slice(0, MAX_UNREAD).map((name) => name.slice(-400)) }),
        ...(cluster === undefined ? {} : { cluster: cluster.name }),
        ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
        ...(flags.allNamespaces === true ? { everywhere: true } : {}),
        ...(where.target === undefined ? {} : { target: where.target }),
        ...(flags.question === undefined ? {} : { question: flags.question }),
        ...(repo === undefined ? {} : { repo }),
      };
      const pipeline = deployExplanationHereOn(() => cluster?.source);
      const explanation = await runPipeline<Explanation>(pipeline, input, {
        config,
        record: flags.record,
      });
      if (flags.question !== undefined && explanation.usage.model === 'none')
        say('Rules alone do not answer a question in words: its names chose what is explained.');
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
