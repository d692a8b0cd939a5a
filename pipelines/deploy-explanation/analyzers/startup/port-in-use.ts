import { type Analyzer, change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { publishedPorts } from './published-port.ts';

/** A time of day, whose minutes look like a port. */
const CLOCK = /(?<!\d)\d{1,2}:\d{2}:\d{2}/g;

const logged = logAnalyzer({
  kind: 'port-in-use',
  title: 'The port is taken',
  about:
    'The program cannot bind its port: another container of the pod (all share one network) or the program itself holds it.',
  remedy: 'Give one of the containers another port.',
  pattern:
    /[Aa]ddress already in use|EADDRINUSE|\beaddrinuse\b|[Cc]onnection in use: \(|[Pp]ort (\d+) (?:is |was )?already (?:in use|allocated|bound)|bind\(\) to \S+ failed|Only one usage of each socket address/,
  except: /[Pp]ermission denied/,
  confidence: 0.93,
  says: ({ match, line }) => {
    const port = match[1] ?? /:(\d{2,5})\b/.exec(line.text.replace(CLOCK, ''))?.[1];
    return port === undefined ? 'its port is already in use in the pod' : `port ${port} is already in use in the pod`;
  },
  remedies: () => [change('Give the container (or the sidecar that holds the port) another port')],
});

export const portInUse: Analyzer = { ...logged, find: (view) => [...logged.find(view), ...publishedPorts(view)] };
