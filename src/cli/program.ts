import { Command, CommanderError } from 'commander';
import { addApi } from './api.ts';
import { addBoard } from './board.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addEval } from './eval.ts';
import { addExplain } from './explain.ts';
import { addFix } from './fix.ts';
import { FAILURE, sayError } from './io.ts';
import { addModel } from './model.ts';
import { addRuns } from './runs.ts';
import { addToken } from './token.ts';
import { addUp } from './up.ts';
import type { Wiring } from './wiring.ts';
import { addWorker } from './worker.ts';

const EXAMPLES = `
Examples:
  opsline up                                   everything in one process: API, workers, Redis, model
  kubectl describe pod web-7d4 | opsline explain -
  opsline explain evidence/                    a folder of kubectl output, objects and logs
  opsline fix manifests/ --policies policies/  the smallest patch that the policy engine accepts
  opsline doctor                               what is there, what is missing, how to mend it

Environment: REDIS_URL, OPSLINE_URL, OPSLINE_TOKEN, OPSLINE_MODEL, OPENAI_API_KEY, ANTHROPIC_API_KEY, NO_COLOR.`;

/**
 * Runs the command line and sets the exit code: 0 and 1 as each command's help says, 2 for wrong usage and failures.
 * Results go to standard output, everything else to standard error.
 */
export async function runCli(wiring: Wiring, argv: readonly string[]): Promise<void> {
  // `opsline runs ls | head` must end quietly when head has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const program = new Command('opsline')
    .description('Explains failed deploys, fixes policy violations and computes leaderboard statistics.')
    .version(wiring.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(--help lists what there is)')
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of [addExplain, addFix, addBoard, addEval, addRuns, addModel]) add(program);
  for (const add of [addUp, addApi, addWorker, addToken, addDoctor, addDemo]) add(program, wiring);
  inherit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said what is wrong; its help and version leave with 0.
      process.exitCode = error.exitCode === 0 ? 0 : FAILURE;
      return;
    }
    sayError(error);
    process.exitCode = FAILURE;
    // Whatever was half open when it failed (a connection that waits for its server) must not keep the process.
    setTimeout(() => process.exit(), 500).unref();
  }
}

/** Subcommands do not take over these settings by themselves when they are added as built. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showHelpAfterError('(--help lists what there is)').helpOption('-h, --help', 'print help');
    inherit(child);
  }
}
