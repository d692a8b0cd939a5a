import { readCommand } from '../../../../src/evidence/command.ts';
import { CONTAINER } from '../../../../src/evidence/kinds.ts';
import { withoutClock } from '../../../../src/evidence/logs/time.ts';
import { podSpecOf } from '../../../../src/evidence/relations.ts';
import { objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { type Analyzer, change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';
import { publishedPorts } from './published-port.ts';

/** The other container of the pod that declares a port, where there is one. */
function holderOf(view: View, { log, pod }: LogHit, port: number): string | undefined {
  const own = readCommand(log.item.command ?? '').container;
  const containers = pod === undefined ? [] : objects(podSpecOf(view.scene, pod.source).containers);
  const declares = containers.filter(({ ports }) => objects(ports).some(({ containerPort }) => containerPort === port));
  const others = declares.filter(({ name }) => name !== own);
  return own !== undefined && others.length === 1 ? text(others[0]?.name) : undefined;
}

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
  says: (hit, view) => {
    const { match, line } = hit;
    const where = hit.pod?.ref.kind === CONTAINER ? '' : ' in the pod';
    const port = match[1] ?? /:(\d{2,5})\b/.exec(withoutClock(line.text))?.[1];
    if (port === undefined) return `its port is already in use${where}`;
    const other = holderOf(view, hit, Number(port));
    return `port ${port} is already in use${where}${other === undefined ? '' : `; its container \`${other}\` declares it, too`}`;
  },
  remedies: () => [change('Give the container (or the sidecar that holds the port) another port')],
});

export const portInUse: Analyzer = { ...logged, find: (view) => [...logged.find(view), ...publishedPorts(view)] };
