import { change, DEPTH } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';
import { logAnalyzer } from './log-analyzer.ts';

const EXEC_FORMAT = /[Ee]xec format error/;

const definition = {
  kind: 'exec-format-error',
  title: 'The image is for another architecture',
  about: 'The kernel cannot run the executable: built for another CPU, or a script without its first line.',
  remedy: 'Build for the architecture of the nodes, or schedule on nodes that fit.',
};

const byLog = logAnalyzer({
  ...definition,
  pattern: EXEC_FORMAT,
  confidence: 0.94,
  says: () => 'its image is built for another CPU architecture (`exec format error`)',
  remedies: () => [change('Build the image for the architecture of the nodes')],
});

const byRuntime = containerAnalyzer({
  ...definition,
  depth: DEPTH.crash - 5,
  pattern: EXEC_FORMAT,
  confidence: 0.95,
  says: () => 'its image is built for another CPU architecture (`exec format error`)',
  remedies: () => [change('Build the image for the architecture of the nodes')],
});

export const execFormatError = {
  ...byRuntime,
  find: (view: Parameters<typeof byRuntime.find>[0]) => [...byRuntime.find(view), ...byLog.find(view)],
};
