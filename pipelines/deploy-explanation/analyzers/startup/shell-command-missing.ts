import { change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

/** What shells, `env` and interpreters say of a command or script that is not there; its name is in one of the groups. */
export const SHELL_MISSES =
  /(?:sh|bash|ash|entrypoint[\w.-]*|\.sh)(?:: line \d+|: \d+)?: (?:exec: )?(?:line \d+: )?([\w./-]+): (?:command )?not found|: ([\w./-]+): No such file or directory$|env: ['\u2018]?([\w./-]+)['\u2019]?: No such file|env: can't execute '([\w./-]+)'|can't open '([^']+)': No such file|cannot open ([\w./-]+): No such file|can't open file '([^']+)'|Could not open input file: (\S+)|ruby: No such file or directory -- (\S+)|exec: "([^"]+)": executable file not found in \$PATH/;

export const shellCommandMissing = logAnalyzer({
  kind: 'shell-command-missing',
  title: 'A script calls a command that is not there',
  about: 'The shell of the container says that a command or file does not exist (exit code 127).',
  remedy: 'Correct the command, or install it in the image.',
  pattern: SHELL_MISSES,
  confidence: 0.9,
  says: ({ match }) => `its script calls \`${match.slice(1).find((part) => part)}\`, which is not in the image`,
  remedies: ({ match }) => [
    change(`Correct the command \`${match.slice(1).find((part) => part)}\`, or install it in the image`),
  ],
});
