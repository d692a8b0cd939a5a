import { variablesOf } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { LogLine } from '../../../../src/evidence/parse/log.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { changeable, cite, named, type View } from '../../view.ts';
import { change, type Draft } from '../analyzer.ts';

/** A variable of a container, with the value that its spec gives it. */
interface Setting {
  readonly container: string;
  readonly name: string;
  readonly value: string;
  /** The ConfigMap that holds it, where it is not written in the spec. */
  readonly map?: SceneObject;
}

/** Numbers, yes and no stand in many lines; so short a name may be a word. */
const TELLING = 3;

/** What shells and programs take for the name of a variable. */
const NAME = /^[A-Za-z_]\w*$/;

function settingsOf(view: View, pod: PodView): Setting[] {
  return pod.containers.flatMap(({ name: container, spec }) =>
    variablesOf(view.scene, spec, pod.ref.namespace).flatMap(({ variable, value = '', map }): Setting[] =>
      NAME.test(variable) && variable.length > TELLING && value !== '' && !value.startsWith('<')
        ? [{ container, name: variable, value, ...(map === undefined ? {} : { map }) }]
        : [],
    ),
  );
}

/** What is said of an address, a right or a thing that the variable only names: kinds of their own know that. */
const OF_ANOTHER =
  /connect|refused|resolve|lookup|no such|not found|not exist|time[d ]?-?out|unreachable|denied|forbidden|unauthori[sz]ed|certificate|password/i;

const isError = ({ level, text }: LogLine) => (level === 'error' || level === 'fatal') && !OF_ANOTHER.test(text);

/** Whether a line names the variable as a word of its own and quotes the value that it has. */
function refuses({ text: said }: LogLine, { name, value }: Setting): boolean {
  if (!said.includes(name) || !new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(said)) return false;
  return [`"${value}"`, `'${value}'`, `\`${value}\``].some((quoted) => said.includes(quoted));
}

/**
 * Variables of containers that crash, which an error in their log names together with the value that their spec gives them: whatever
 * else the log is loud about, this is what the program has against its settings.
 */
export function refusedSettings(view: View): Draft[] {
  return view.troubled.flatMap((pod): Draft[] => {
    const settings = settingsOf(view, pod);
    const own = view.scene.logs.filter(
      ({ pod: of }) => of !== undefined && (sameObject(of, pod.ref) || sameObject(of, workloadOf(view.scene, pod.ref))),
    );
    for (const log of settings.length === 0 ? [] : own) {
      for (const line of log.lines.filter(isError)) {
        const setting = settings.find((one) => refuses(line, one));
        if (setting === undefined) continue;
        const { path: _, ...workload } = changeable(view, pod, setting.container);
        const { map, name } = setting;
        const object = map === undefined ? workload : { ...map.ref, path: `data.${name}` };
        const where = map === undefined ? '' : `; it is set in ${named(map.ref)}`;
        return [
          {
            object,
            summary: `${named(workload)} fails: it refuses its configuration (\`${line.text.trim().slice(0, 160)}\`)${where}`,
            confidence: 0.96,
            severity: 'failed',
            citations: [citeLines(log.item, line.n - log.item.lines.from), cite(map ?? pod.source, name)],
            involves: [workload, pod.ref],
            remedies: [change(`Correct the variable \`${name}\` of container \`${setting.container}\``)],
          },
        ];
      }
    }
    return [];
  });
}
