import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import type { AnyPipeline } from '../runs/pipeline.ts';
import { Run, RunStatus } from '../runs/run.ts';
import { type Client, createClient } from './client.ts';
import { print, printJson, say } from './io.ts';
import { configure, integer, outputOption, serverOption } from './options.ts';
import { table } from './table.ts';

interface RunsFlags {
  readonly server?: string;
  readonly output: 'text' | 'json';
}

const DEFAULT_URL = 'http://127.0.0.1:7878';
const Page = z.object({ runs: z.array(Run), cursor: z.string().optional() });

/** A client for the configured server, else for `opsline up` on this machine. */
export function clientFor(flags: { readonly server?: string }): Client {
  const { serverUrl, token } = configure(flags);
  return createClient(serverUrl ?? DEFAULT_URL, token);
}

/** `opsline runs ls|show|cancel|retry|replay`. */
export function addRuns(program: Command): void {
  const runs = program
    .command('runs')
    .description('look at runs, cancel, retry and replay them')
    .addHelpText(
      'after',
      `
Examples:
  opsline runs ls --status failed
  opsline runs show run_0192f0c1-… --record > run.json
  opsline runs replay run.json                 re-runs the pure code, without Redis or network`,
    );

  runs
    .command('ls')
    .description('list runs, newest first')
    .option('--pipeline <name>', 'only runs of this one')
    .addOption(new Option('--status <status>', 'only runs in this state').choices(RunStatus.options))
    .option('--limit <number>', 'at most this many', integer(1, 100), 20)
    .option('--cursor <cursor>', 'where the page before ended')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (flags: RunsFlags & { pipeline?: string; status?: string; limit: number; cursor?: string }) => {
      const { pipeline, status, limit, cursor } = flags;
      const query = { pipeline, status, limit, cursor };
      const page = Page.parse(await clientFor(flags).request('GET', '/v1/runs', { query }));
      if (flags.output === 'json') return printJson(page);
      if (page.runs.length === 0) return say('There are no such runs.');
      const rows = page.runs.map((run) => [run.id, run.pipeline, run.status, run.mode, run.createdAt, took(run)]);
      print(table(['ID', 'PIPELINE', 'STATUS', 'MODE', 'CREATED', 'TOOK'], rows));
      if (page.cursor !== undefined) say(`More: --cursor ${page.cursor}`);
    });

  runs
    .command('show')
    .description('print a run: its state and output')
    .argument('<id>')
    .option('--record', 'print the whole record: input, journal, model calls')
    .addOption(serverOption())
    .action(async (id: string, flags: RunsFlags & { record?: true }) => {
      printJson(
        await clientFor(flags).request('GET', `/v1/runs/${encodeURIComponent(id)}${flags.record ? '/record' : ''}`),
      );
    });

  runs
    .command('cancel')
    .description('cancel a run; its worker stops within a second')
    .argument('<id>')
    .addOption(serverOption())
    .action(async (id: string, flags: RunsFlags) => {
      const run = Run.parse(await clientFor(flags).request('DELETE', `/v1/runs/${encodeURIComponent(id)}`));
      say(run.status === 'cancelled' ? `${id} is cancelled.` : `${id} will stop: its worker has been told.`);
    });

  runs
    .command('retry')
    .description('put a failed run back into its queue')
    .argument('<id>')
    .addOption(serverOption())
    .action(async (id: string, flags: RunsFlags) => {
      await clientFor(flags).request('POST', `/v1/runs/${encodeURIComponent(id)}/retry`, { body: {} });
      say(`${id} is queued again.`);
    });

  runs
    .command('replay')
    .description('run the pure code of an exported record again and compare every digest')
    .argument('<file>', 'a record from `runs show --record`, or - for standard input')
    .addOption(outputOption())
    .addHelpText('after', '\nExit code: 0 the same, 1 different, 2 the record cannot be replayed.')
    .action(async (file: string, flags: RunsFlags) => {
      const record = parseRecord(file, file === '-' ? await text(process.stdin) : await readRecord(file));
      const [{ replay }, { createPipelines }, { deployExplanationHere }, { policyFixHere }, { noBoards }] =
        await Promise.all([
          import('../runs/replay.ts'),
          import('../../pipelines/index.ts'),
          import('../../pipelines/deploy-explanation/index.ts'),
          import('../../pipelines/policy-fix/index.ts'),
          import('../leaderboard/no-boards.ts'),
        ]);
      // A record of a run at a terminal may hold what a repository or a cluster told; replaying asks neither.
      const served = createPipelines({ boards: noBoards('a replay') });
      const here: readonly AnyPipeline[] = [deployExplanationHere, policyFixHere];
      const pipelines = served.map((each) => here.find(({ name }) => name === each.name) ?? each);
      const report = await replay(record, pipelines);
      if (flags.output === 'json') printJson(report);
      else print(`${report.ok ? 'same' : 'different'}: ${report.summary}`);
      process.exitCode = report.ok ? 0 : 1;
    });
}

async function readRecord(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new OpslineError('invalid-input', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function parseRecord(file: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new OpslineError('invalid-input', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function took({ startedAt, finishedAt }: Run): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  return `${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}
