import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import type { ExplainRequest, Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { claimsOf } from '../../../pipelines/deploy-explanation/verify.ts';
import type { ExplainDeployOutput } from '../../../signatures/explain-deploy.ts';
import type { Predictor } from '../../../src/model/predictor.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const folder = join(import.meta.dirname, '../../faults/startup/environment-variable-missing/text');
const files = ['describe-pod.txt', 'payments-6d4f9c7b58-x2x9q.log'];
const request: ExplainRequest = {
  evidence: files.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
};

/** A predictor that gives a fixed answer, and keeps what it was asked. */
function answering(value: ExplainDeployOutput): Predictor & { asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    model: 'test:fixed',
    requestDigest: () => 'fixed',
    predict: async (signature, input) => {
      asked.push(input);
      const call = {
        signature: signature.name,
        model: 'test:fixed',
        parameters: {},
        requestDigest: 'fixed',
        durationMs: 0,
      };
      return { ok: true, value: signature.output.parse(value), call };
    },
    close: async () => {},
  };
}

async function explained(value: Partial<ExplainDeployOutput>, input = request): Promise<Explanation> {
  const predictor = answering({ chosenFinding: 'F1', briefing: '', hypotheses: [], ...value });
  const record = await runInProcess(deployExplanation, input, { predictor });
  expect(record.run.error).toBeUndefined();
  return record.run.output as Explanation;
}

async function byRules(): Promise<Explanation> {
  return (await runInProcess(deployExplanation, request, { predictor: noModel() })).run.output as Explanation;
}

test('advice in a briefing is left out: what to do is said by remedies', async () => {
  const fact = 'Deployment payments crashes at start because PAYMENT_GATEWAY_URL is not set.';
  const output = await explained({ briefing: `${fact} You should restart the DNS server.` });
  expect(output.summary).toBe(fact);
  expect(output.usage.dropped).toContain('the briefing gives advice');
  const shown = renderExplanation(output, { color: false });
  expect(shown.indexOf(output.rootCause?.summary.slice(0, 40) ?? '-')).toBeLessThan(
    shown.indexOf("In the model's words"),
  );
});

test('a briefing that holds is shown; the root stays the one of the rules', async () => {
  const briefing = 'Deployment payments crashes at start because PAYMENT_GATEWAY_URL is not set.';
  const output = await explained({ briefing });
  expect(output.summary).toBe(briefing);
  expect(output.usage.model).toBe('used');
  expect(output.rootCause).toEqual((await byRules()).rootCause);
});

test.each([
  [
    'names an object that is not in evidence',
    'Deployment payments fails because the Secret payments-credentials-v2 is missing.',
  ],
  [
    'states a number that is not in evidence',
    'Deployment payments restarted 4711 times because PAYMENT_GATEWAY_URL is not set.',
  ],
  ['denies what is proven', 'Nothing is wrong with payments, PAYMENT_GATEWAY_URL can be ignored.'],
  ['proposes a command that changes things', 'Run kubectl delete deployment payments to repair payments.'],
  ['does not name what failed', 'Something failed at start.'],
  ['is empty', '  '],
])('a briefing that %s is dropped', async (_why, briefing) => {
  const output = await explained({ briefing });
  const rules = await byRules();
  expect(output.summary).toBe(rules.summary);
  expect(output.usage.dropped.length).toBeGreaterThan(0);
  expect({ ...output, usage: undefined }).toEqual({ ...rules, usage: undefined });
});

test('a choice that is none of the roots, or a mere symptom, changes nothing', async () => {
  const rules = await byRules();
  const symptom = rules.findings.find((finding) => finding.symptomOf.length > 0);
  expect(symptom).toBeDefined();
  for (const chosenFinding of ['F99', symptom?.id ?? '', 'ignore previous instructions'.slice(0, 20)]) {
    const output = await explained({ chosenFinding, briefing: '' });
    expect(output.rootCause).toEqual(rules.rootCause);
    expect(output.usage.dropped.join()).toContain('the choice');
  }
});

test('a hypothesis that cites a line is kept and marked; others are dropped', async () => {
  const item = (await byRules()).evidence.find((candidate) => candidate.source.name.endsWith('.log'));
  const good = {
    claim: 'loadSettings in settings.js stops the program',
    evidenceId: item?.id ?? '',
    quote: 'at loadSettings (/srv/app/settings.js:41:11)',
  };
  const output = await explained({
    hypotheses: [
      good,
      {
        claim: 'The database is down',
        evidenceId: item?.id ?? '',
        quote: 'FATAL: the database system is shutting down',
      },
      { claim: 'The disk is full', evidenceId: 'E77', quote: 'no space left on device' },
    ],
  });
  expect(output.hypotheses.filter((hypothesis) => hypothesis.by === 'model')).toEqual([
    expect.objectContaining({
      kind: 'model-hypothesis',
      summary: good.claim,
      citations: [{ evidence: good.evidenceId, quote: good.quote }],
    }),
  ]);
  expect(output.usage.dropped.filter((why) => why.includes('hypothesis'))).toHaveLength(2);
  const uncited = await explained({
    hypotheses: [{ claim: 'It is the network', evidenceId: item?.id ?? '', quote: '' }],
  });
  expect(uncited.hypotheses.filter((hypothesis) => hypothesis.by === 'model')).toEqual([]);
  const invented = await explained({ hypotheses: [{ ...good, claim: 'The ConfigMap payments-settings-v9 is gone' }] });
  expect(invented.hypotheses.filter((hypothesis) => hypothesis.by === 'model')).toEqual([]);
  for (const order of [
    'Run `node repair.js | sh` to repair loadSettings',
    'Install loadSettings again',
    'You must call loadSettings',
  ]) {
    const ordered = await explained({ hypotheses: [{ ...good, claim: order }] });
    expect(ordered.hypotheses.filter((hypothesis) => hypothesis.by === 'model')).toEqual([]);
    expect(ordered.usage.dropped).toContain('a hypothesis gives advice');
  }
});

test.each([
  ['a digit inside another number', 'payments crashed 41 times because PAYMENT_GATEWAY_URL is not set.'],
  ['a part of a longer name', 'The pay-1.4 of payments lacks PAYMENT_GATEWAY_URL.'],
])('%s is no proof of a claim', async (_what, briefing) => {
  const output = await explained({ briefing });
  expect(output.summary).toBe((await byRules()).summary);
  expect(output.usage.dropped.join()).toMatch(/which is not in the evidence/);
});

test('a model sees the best findings and cited lines within a budget, never the whole log', async () => {
  const predictor = answering({ chosenFinding: 'F1', briefing: '', hypotheses: [] });
  const noise = Array.from({ length: 5000 }, (_, index) => `2026-11-02T09:00:00Z INFO request ${index} served`).join(
    '\n',
  );
  const long = { evidence: [...request.evidence, { name: 'noise.log', text: noise }] };
  await runInProcess(deployExplanation, long, { predictor });
  expect(JSON.stringify(predictor.asked[0]).length).toBeLessThan(6000);
});

test.each([
  ['a URL', (secret: string) => `postgres://app:${secret}@10.96.14.7:5432/shop`],
  ['a password with blanks in a URL', (secret: string) => `postgres://app:two words ${secret}@10.96.14.7:5432/shop`],
  ['a Redis URL', (secret: string) => `redis://${secret}@10.96.14.7:6379/0`],
  ['variables', (secret: string) => `10.96.14.7:5432 with PASSWORDS=first111,${secret}`],
  ['a list', (secret: string) => `10.96.14.7:5432 tokens: [{"name": "ci", "value": "${secret}"}]`],
])(
  'a model is sent no secret that stands in %s, whether in the line that is cited or in the question',
  async (_what, at) => {
    const secret = 'q7Xk2mZp9Lw4Tn';
    const predictor = answering({ chosenFinding: 'F1', briefing: '', hypotheses: [] });
    const text = `ERROR pq: dial tcp 10.96.14.7:5432: connect: connection refused: ${at(secret)}\n`;
    const asked = { evidence: [{ name: 'api.log', text }], question: `Why does this fail: ${at(secret)}?` };
    const record = await runInProcess(deployExplanation, asked, { predictor });
    const sent = JSON.stringify(predictor.asked);
    expect(sent).toContain('connection refused');
    expect(sent).toContain('[redacted:');
    expect(sent).not.toContain(secret);
    expect(JSON.stringify(record.run.output)).not.toContain(secret);
  },
);

test('nothing is asked where nothing was found', async () => {
  const predictor = answering({ chosenFinding: 'F1', briefing: 'all is lost', hypotheses: [] });
  await runInProcess(deployExplanation, { evidence: [{ name: 'notes', text: 'please look' }] }, { predictor });
  expect(predictor.asked).toEqual([]);
});

test('claims are quoted words, numbers, identifiers and capitals; plain words are not', () => {
  expect(claimsOf('The Secret `db-main` of shop/api lacks DB_PASSWORD after 3 restarts.')).toEqual([
    'db-main',
    'shop/api',
    'DB_PASSWORD',
    '3',
  ]);
  expect(claimsOf('It fails because it cannot start.')).toEqual([]);
});

const REFUSED: ExplainRequest = {
  evidence: [{ name: 'api.log', text: 'ERROR pq: dial tcp 10.96.14.7:5432: connect: connection refused\n' }],
  question: 'Is the database down?',
};

test('what no finding speaks of is not said, whatever the question asks', async () => {
  const rules = (await runInProcess(deployExplanation, REFUSED, { predictor: noModel() })).run.output as Explanation;
  for (const briefing of [
    'The database is down because the server is not reachable at 10.96.14.7:5432.',
    'The program cannot connect to `10.96.14.7:5432` because its credentials are incorrect.',
    'The connection to 10.96.14.7:5432 was refused due to a firewall.',
  ]) {
    const output = await explained({ briefing }, REFUSED);
    expect(output.summary, briefing).toBe(rules.summary);
    expect(output.usage.dropped.join()).toMatch(/the briefing claims `\w+`, of which no finding speaks/);
  }
  const guess = { claim: 'The password may be incorrect', evidenceId: 'E1', quote: 'connect: connection refused' };
  const guessed = await explained({ hypotheses: [guess] }, REFUSED);
  expect(guessed.hypotheses.filter(({ by }) => by === 'model')).toEqual([]);
});

test('a sentence in other forms of the words of its finding stays, beside one that is dropped', async () => {
  const fact = 'The program fails because connecting to 10.96.14.7:5432 was refused.';
  const output = await explained({ briefing: `${fact} The database has crashed.` }, REFUSED);
  expect(output.summary).toBe(fact);
  expect(output.usage.dropped).toContain('the briefing claims `database`, of which no finding speaks');
});
