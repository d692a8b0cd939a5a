import { type Command, Option } from 'commander';
import type { FixRequest, FixResult } from '../../pipelines/policy-fix/schema.ts';
import type { ClusterSource, Config } from '../config.ts';
import { OpslineError } from '../errors.ts';
import { ENGINE_NAMES, type EngineName } from '../policy/violation.ts';
import { type SourceFile, writeFiles } from './fix-files.ts';
import { readManifests, readYaml } from './fix-inputs.ts';
import { print, printJson, say, wantsColor } from './io.ts';
import { configureRun, type Flags, modelOption, serverOption } from './options.ts';
import { runPipeline } from './run-pipeline.ts';

interface FixFlags extends Flags {
  readonly output: 'text' | 'json' | 'diff' | 'md' | 'sarif' | 'github';
  readonly policies?: string[];
  readonly engine?: EngineName[];
  readonly level?: 'baseline' | 'restricted';
  readonly context?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly write?: true;
  readonly branch?: string;
  readonly pr?: true;
  readonly record?: string;
}

/** `opsline fix`: the smallest patch that the real policy engine accepts. */
export function addFix(program: Command): void {
  program
    .command('fix')
    .description('find policy violations in manifests and the smallest patch that the policy engine accepts')
    .argument('<path...>', 'manifests: files, folders, or - for standard input')
    .option(
      '--policies <path...>',
      'Gatekeeper templates and constraints, Kyverno policies, ValidatingAdmissionPolicies with bindings and parameters',
    )
    .addOption(
      new Option(
        '--engine <name...>',
        'judge by these alone; pss (Pod Security Standards) needs no policies, nor does cluster: the admission of a cluster, asked by dry runs',
      ).choices(ENGINE_NAMES),
    )
    .addOption(
      new Option('--level <level>', "of --engine pss, where a namespace's enforce label does not decide").choices([
        'baseline',
        'restricted',
      ]),
    )
    .option('--context <name>', 'of --engine cluster: a context of the kubeconfig')
    .option(
      '--cluster <name>',
      'of --engine cluster with --server: one of the clusters that the service is configured with',
    )
    .option('-n, --namespace <name>', 'of --engine cluster: where objects go that name no namespace')
    .option('--write', 'write the patches into the files')
    .option(
      '--branch <name>',
      'commit the patches to a branch, one commit a file, and push it to origin, if there is one; the working tree stays as it is',
    )
    .option('--pr', 'push the branch and open or update its GitHub pull request (GITHUB_TOKEN or GH_TOKEN)')
    .option('--record <file>', 'also write the run record, for `opsline runs replay`')
    .addOption(modelOption())
    .addOption(serverOption())
    .addOption(
      new Option(
        '-o, --output <format>',
        'text for a person, json for a program, diff for `git apply`, md for a pull request, sarif (2.1.0), github for the annotations of a workflow',
      )
        .choices(['text', 'json', 'diff', 'md', 'sarif', 'github'])
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Exit code: 0 what was judged is compliant, or mended and written (to files or a branch); 1 violations remain, or nothing was
judged; 2 usage or failure. The headline and notJudged (-o json) say what was not judged.

Examples:
  opsline fix deploy/ --policies policies/
  opsline fix deploy/ --policies policies/ --write
  opsline fix deploy/ --policies policies/ --branch mend-deploy
  opsline fix deploy/ --policies policies/ --pr          branch opsline/policy-fix, unless --branch says another
  opsline fix deploy/ --policies policies/ -o sarif > fix.sarif
  opsline fix deploy/ --engine pss --level restricted
  opsline fix deploy/ --engine cluster -n shop           by what the API server says to dry runs; nothing is changed there
  opsline fix deploy/ --policies policies/ -o diff | git apply
  helm template chart/ | opsline fix - --policies policies/ -o json`,
    )
    .action(async (paths: string[], flags: FixFlags) => {
      const config = configureRun(flags);
      if (!flags.policies && !flags.engine?.some((engine) => engine === 'pss' || engine === 'cluster')) {
        const detail =
          'Give --policies, or --engine pss for the Pod Security Standards, or --engine cluster for those of a cluster.';
        throw new OpslineError('invalid-input', detail);
      }
      const cluster = await clusterOf(flags, config);
      const branch = flags.branch ?? (flags.pr ? 'opsline/policy-fix' : undefined);
      if ((flags.write || branch !== undefined) && paths.includes('-')) {
        const flag = flags.write ? '--write' : flags.pr ? '--pr' : '--branch';
        throw new OpslineError('invalid-input', `${flag} needs files: what came from standard input has none.`);
      }
      if (flags.write && branch !== undefined)
        throw new OpslineError('invalid-input', 'Give --write, or --branch and --pr: the patches go to one place.');
      const { policyFixOn } = await import('../../pipelines/policy-fix/index.ts');
      const manifests = await readManifests(paths);
      if (branch !== undefined) await (await import('./fix-branch.ts')).requireBranch(branch, manifests);
      const policies = flags.policies ? await readYaml(flags.policies, 'policy') : [];
      const input: FixRequest = {
        manifests: manifests.map(asInput),
        policies: policies.map(asInput),
        ...(flags.engine ? { engines: flags.engine } : {}),
        ...(flags.level ? { level: flags.level } : {}),
        ...(cluster ? { cluster: cluster.name } : {}),
        ...(flags.namespace ? { namespace: flags.namespace } : {}),
      };
      const result = await runPipeline<FixResult>(
        policyFixOn(() => cluster?.source),
        input,
        { config, record: flags.record },
      );
      if (result.resources.length === 0 && result.outcome === 'compliant') {
        const why = [`There is no Kubernetes object in ${paths.join(', ')}`, ...result.notJudged].join('; ');
        throw new OpslineError('manifest-invalid', `${why}.`);
      }
      const { forPeople } = await import('../../pipelines/policy-fix/conceal.ts');
      const told = () => forPeople(result, [...manifests, ...policies]);
      await show(result, flags.output, told);
      if (flags.write) await writeFiles(result, manifests);
      if (branch !== undefined) {
        const { publishFix } = await import('./fix-branch.ts');
        await publishFix(result, manifests, { branch, pullRequest: flags.pr === true });
      }
      const written = flags.write === true || branch !== undefined;
      const done = result.outcome === 'compliant' || (result.outcome === 'fixed' && written);
      process.exitCode = done ? 0 : 1;
    });
}

/** The cluster that is to judge, if one is, and what its name stands for here; a service looks it up in its own configuration. */
async function clusterOf(
  { engine, context, cluster, namespace }: FixFlags,
  { serverUrl }: Config,
): Promise<{ name: string; source?: ClusterSource } | undefined> {
  const wrong = (detail: string): OpslineError => new OpslineError('invalid-input', detail);
  if (!engine?.includes('cluster')) {
    if (context === undefined && cluster === undefined && namespace === undefined) return undefined;
    throw wrong('--context, --cluster and -n are those of --engine cluster.');
  }
  if (serverUrl !== undefined) {
    if (context !== undefined || cluster === undefined)
      throw wrong(
        'A service asks the clusters of its own configuration: name one of those with --cluster, not --context.',
      );
    return { name: cluster };
  }
  if (cluster !== undefined)
    throw wrong('--cluster names a cluster of a service (--server); here it is --context, as with kubectl.');
  const source: ClusterSource = { kind: 'kubeconfig', ...(context === undefined ? {} : { context }) };
  const { accessOf } = await import('../kubernetes/kubeconfig.ts');
  return { name: (await accessOf(source)).name, source };
}

/** Prints the result; `told` gives it without any secret, for the formats that people read. */
async function show(result: FixResult, output: FixFlags['output'], told: () => FixResult): Promise<void> {
  switch (output) {
    case 'json':
      return printJson(result);
    case 'diff':
      for (const { diff } of result.patches) print(diff);
      if (result.patches.length === 0)
        say((await import('../../pipelines/policy-fix/formats/no-patch.ts')).whyNoPatch(result));
      return;
    case 'md':
      return print((await import('../../pipelines/policy-fix/formats/markdown.ts')).renderFixMarkdown(told()));
    case 'sarif':
      return printJson((await import('../../pipelines/policy-fix/formats/sarif.ts')).sarifOf(result));
    case 'github': {
      const { renderAnnotations } = await import('../../pipelines/policy-fix/formats/annotations.ts');
      process.stdout.write(renderAnnotations(told()));
      return;
    }
    default: {
      const { renderFix } = await import('../../pipelines/policy-fix/render.ts');
      print(renderFix(told(), { color: wantsColor(process.stdout) }));
    }
  }
}

function asInput({ file, text }: SourceFile): { file: string; text: string } {
  return { file, text };
}
