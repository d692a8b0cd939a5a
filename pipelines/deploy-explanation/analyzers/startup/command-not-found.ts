import type { View } from '../../view.ts';
import { change, DEPTH } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';
import { logAnalyzer } from './log-analyzer.ts';

const definition = {
  kind: 'command-not-found',
  title: "The container's command does not exist",
  about: 'The runtime cannot find the executable of command or args in the image.',
  remedy: 'Correct command or args, or build the executable into the image.',
};

const byRuntime = containerAnalyzer({
  ...definition,
  depth: DEPTH.crash - 5,
  pattern:
    /exec: \\?"([^"\\]+)\\?": (?:executable file not found|stat \S+: no such file|no such file or directory)|stat (\S+): no such file or directory|unable to start container process: exec: \\?"([^"\\]+)\\?"(?!: permission)|"?([\w./-]+)"?: executable file not found/,
  except: /probe errored|permission denied|exec format error|not a directory/,
  confidence: 0.95,
  field: 'command',
  says: (match) => `the command \`${match.slice(1).find((part) => part)}\` does not exist in the image`,
  remedies: (match) => [
    change(`Correct the command \`${match.slice(1).find((part) => part)}\`, or use an image that has it`),
  ],
});

/** What the process says that the runtime has started for it, where the loader or the interpreter of a script is missing. */
const byLog = logAnalyzer({
  ...definition,
  pattern: /^exec (\/\S+): no such file or directory\s*$/,
  confidence: 0.94,
  says: ({ match }) =>
    `the command \`${match[1]}\`, or the loader or interpreter that it asks for, is not in the image`,
  remedies: ({ match }) => [
    change(`Correct the command \`${match[1]}\` (its first line, too), or use an image that has it`),
  ],
});

export const commandNotFound = {
  ...byRuntime,
  find: (view: View) => [...byRuntime.find(view), ...byLog.find(view)],
};
