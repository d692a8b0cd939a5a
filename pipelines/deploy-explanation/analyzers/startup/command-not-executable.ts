import { change, DEPTH } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

export const commandNotExecutable = containerAnalyzer({
  kind: 'command-not-executable',
  title: "The container's command may not be executed",
  about: 'The file is there, but has no execute permission for the user of the container.',
  remedy: 'Make it executable in the image (`chmod +x`), or run as a user who may.',
  depth: DEPTH.crash - 5,
  pattern: /exec: \\?"([^"\\]+)\\?": permission denied|exec (\S+): permission denied/,
  confidence: 0.95,
  field: 'command',
  says: (match) => `\`${match[1] ?? match[2]}\` is not executable for the user of the container`,
  remedies: (match) => [change(`Make \`${match[1] ?? match[2]}\` executable in the image`)],
});
