import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { type Answer, answerTo } from './metamorphic/answer.ts';
import { type Case, casesOf, type Engine, random, shuffled } from './metamorphic/cases.ts';
import { CHANGES, type Change } from './metamorphic/changes.ts';
import { moved } from './metamorphic/compare.ts';

/** Another seed takes other policies; each change is tried on one of a few, which share their first answers. */
const SEED = '7';
const FEW = 8;

/** Changes for which Kyverno is called, which costs ten times as much as Gatekeeper: of these only some are tried. */
const BY_KYVERNO: readonly (readonly [Engine, RegExp, number])[] = [
  ['vap', /subject named|sides apart|lists one by one/, 1],
  ['kyverno', /Kyverno|any for all|action|split|: as /, 2],
];

function sample(): [Engine, string, Change][] {
  const seldom = BY_KYVERNO.flatMap(([engine, pattern, most]) =>
    shuffled(
      CHANGES.filter(({ name }) => pattern.test(name)),
      random(SEED),
    )
      .slice(0, most)
      .map((change): [Engine, string, Change] => [engine, change.name, change]),
  );
  const others = CHANGES.filter(({ name }) => BY_KYVERNO.every(([, pattern]) => !pattern.test(name)));
  return [...others.map((change): [Engine, string, Change] => ['gatekeeper', change.name, change]), ...seldom];
}

const firsts = new Map<string, Promise<Answer>>();

const firstAnswer = (given: Case) => (): Promise<Answer> => {
  const known = firsts.get(given.name) ?? answerTo(given);
  firsts.set(given.name, known);
  return known;
};

const inOrder = (engine: Engine): Case[] => shuffled(casesOf(engine), random(SEED));

beforeAll(() => Promise.all(['gator', 'kyverno'].map(program)), BUILD_TIMEOUT_MS);

describe('what must not change an answer does not', () => {
  it.each(sample())('%s, %s', { timeout: 240_000 }, async (engine, name, change) => {
    const all = inOrder(engine);
    const few = shuffled(all.slice(0, FEW), random(SEED + name));
    for (const given of [...few, ...all.slice(FEW)]) {
      const found = await moved(given, change, SEED, firstAnswer(given));
      if (found === undefined) continue;
      expect(`${given.name}: ${found}`).toBe(`${given.name}: `);
      return;
    }
    expect.fail('the change applies to no case');
  });

  it('a file that is mended already is left as it is', { timeout: 240_000 }, async () => {
    for (const given of inOrder('gatekeeper').slice(0, FEW)) {
      const first = await firstAnswer(given)();
      const again = await answerTo({ ...given, text: first.text });
      expect(again.text).toBe(first.text);
      expect(again.outcome).toBe(first.outcome === 'fixed' ? 'compliant' : first.outcome);
      expect(again.asked).toEqual(first.asked);
    }
  });

  it('policies that each can be obeyed are obeyed together', { timeout: 240_000 }, async () => {
    const named = (name: string): Case => casesOf('gatekeeper').find((given) => given.name === name) as Case;
    const given = named('account-of-its-own/denied');
    const other = named('cost-center/denied');
    const alone = await answerTo({ ...given, policies: other.policies });
    const first = await firstAnswer(given)();
    const both = await answerTo({ ...given, policies: [...given.policies, ...other.policies] });
    expect([alone.outcome, both.outcome]).toEqual(['needs-decision', 'needs-decision']);
    expect(both.asked.map(({ path }) => path)).toEqual(
      expect.arrayContaining([...first.asked, ...alone.asked].map(({ path }) => path)),
    );
  });
});
