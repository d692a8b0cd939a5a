import { describe, expect, test } from 'vitest';
import { answer, catalogue, differs, saysLess } from './metamorphic/case.ts';
import { changes } from './metamorphic/index.ts';
import { Random } from './metamorphic/random.ts';

/**
 * Metamorphic testing (Chen et al., "Metamorphic Testing: A Review of Challenges and Opportunities", ACM Computing Surveys 2018): what
 * a fault is called, through what it was pasted, and what is well beside it must not change its answer. Each change meets a share
 * of the catalogue, the same in every run; `node bench/metamorphic.ts` tries all of it.
 */
const SHARE = 0.006;

/** Changes that take from some cases what their answer stands on. */
const UNFAIR: Readonly<Record<string, RegExp>> = {
  // A name that is nearly another's, a file that is named after a part of a name.
  rename: /service-reference-wrong_name\/transcript|field2-helm-prefixed-log-names/,
  // Only that another command found something says that it was meant.
  lost: /field-proxy-env-localhost|fair-networkpolicy-partition|astro-valkey-scaled-down|zero-replicas_behind-a-crash/,
  // What tells a report's JSON from prose is that it stands alone.
  'fenced-with-prose': /validate-json/,
  // One of two runs of a command is told otherwise.
  'all-namespaces': /field5-tag-corrected-then-rolled-out/,
  // Of two lines, one that is full by chance; a log whose own margin is as wide as an indentation.
  broken: /compilation-failed_gh-run-view|field8-configmap-env-from/,
  // That lines are filled tells that a message was broken.
  'padded-to-width': /brae-wrapped-message/,
};

const cases = catalogue();

describe.each(changes)('$name', (change) => {
  test('leaves answers as they are', () => {
    for (const one of cases) {
      if (new Random(`${change.name} ${one.path}`).next() >= SHARE) continue;
      if (Object.entries(UNFAIR).some(([part, paths]) => change.name.includes(part) && paths.test(one.path))) continue;
      const changed = change.apply(one, new Random(`1 ${change.name} ${one.path}`));
      // A fault that is not answered as it stands is another test's.
      if (changed === undefined || differs(answer(one), one) !== undefined) continue;
      const now = answer(changed);
      const difference = change.loses === true && saysLess(now, changed) ? undefined : differs(now, changed);
      expect(difference, one.path).toBeUndefined();
    }
  });
});

test('the changes are many, and each of them changes cases', () => {
  expect(changes.length).toBeGreaterThan(80);
  const idle = changes.filter(({ name, apply }) => !cases.some((one) => apply(one, new Random(name)) !== undefined));
  expect(idle.map(({ name }) => name)).toEqual([]);
});
