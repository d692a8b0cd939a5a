import { expect, test } from 'vitest';
import { KeptAnswers } from '../../src/api/kept-answers.ts';

test('answers are kept while there is room; those asked for least lately go first', () => {
  const answers = new KeptAnswers(10);
  answers.keep('a', { version: '1', text: 'aaaa' });
  answers.keep('b', { version: '1', text: 'bbbb' });
  expect(answers.get('a')).toEqual({ version: '1', text: 'aaaa' });
  answers.keep('c', { version: '1', text: 'cccc' });
  expect(answers.get('b')).toBeUndefined();
  expect([answers.get('a')?.text, answers.get('c')?.text]).toEqual(['aaaa', 'cccc']);
});

test('a newer answer takes the place of the one before, and its room', () => {
  const answers = new KeptAnswers(10);
  for (let version = 1; version <= 20; version += 1) answers.keep('a', { version: `${version}`, text: 'aaaa' });
  answers.keep('b', { version: '1', text: 'bbbbbb' });
  expect(answers.get('a')?.version).toBe('20');
  expect(answers.get('b')?.text).toBe('bbbbbb');
});

test('an answer that is larger than all the room is not kept', () => {
  const answers = new KeptAnswers(3);
  answers.keep('a', { version: '1', text: 'aaaa' });
  expect(answers.get('a')).toBeUndefined();
});
