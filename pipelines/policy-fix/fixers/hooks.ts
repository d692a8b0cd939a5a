import { isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { set } from '../edits.ts';
import { containersOf, type Fixer, type Question, titleOf } from './fixer.ts';

/** Between the hook and the signal the endpoints of Services have time to be taken out; an action of Kubernetes 1.30 and later. */
const PAUSE = { value: { sleep: { seconds: 5 } }, source: 'Kubernetes: five seconds in which Services stop sending' };

/** The hook before a container is stopped: what a program needs to end well only its owner knows, and neighbours may show. */
export const hooks: Fixer = {
  name: 'hooks',
  propose: () => [],
  ask({ object, siblings }) {
    const lacking = containersOf(object).filter(
      ({ init, json }) => !init && valueAt(json, ['lifecycle', 'preStop']) === undefined,
    );
    if (lacking.length === 0) return [];
    const seen = [{ object, file: '' }, ...siblings].flatMap(({ object: other, file }) =>
      containersOf(other).flatMap(({ name, json }): { value: Json; source: string }[] => {
        const value = valueAt(json, ['lifecycle', 'preStop']);
        if (!isObject(value)) return [];
        return [
          {
            value,
            source: file === '' ? `its neighbour ${name}`.trimEnd() : `${name} of ${titleOf(other)} in ${file}`,
          },
        ];
      }),
    );
    return lacking.map(({ path, name }): Question => {
      const at = [...path, 'lifecycle', 'preStop'];
      return {
        question: `What does container ${name} do before it is stopped (preStop)?`,
        path: at,
        about: ['prestop'],
        whole: true,
        trial: [set(at, { exec: { command: ['opsline'] } })],
        choices: [...seen.slice(0, 3), PAUSE].map(({ value, source }) => ({ value, source, edits: [set(at, value)] })),
      };
    });
  },
};
