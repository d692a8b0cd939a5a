import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stemOf } from '../../../pipelines/deploy-explanation/clauses.ts';
import { groundOf, ungrounded } from '../../../pipelines/deploy-explanation/grounded.ts';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { claimsOf } from '../../../pipelines/deploy-explanation/verify.ts';
import type { Predictor } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const FAULTS = join(import.meta.dirname, '../../faults');

/** What is shown of a briefing about a fault. */
async function shown(fault: string, briefing: string): Promise<string | undefined> {
  const folder = join(FAULTS, fault);
  const evidence = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const predictor: Predictor = {
    model: 'test:fixed',
    requestDigest: () => 'fixed',
    predict: async (signature) => ({
      ok: true,
      value: signature.output.parse({ chosenFinding: 'F1', briefing, hypotheses: [] }),
      call: { signature: signature.name, model: 'test:fixed', parameters: {}, requestDigest: 'fixed', durationMs: 0 },
    }),
    close: async () => {},
  };
  const { run } = await runInProcess(deployExplanation, { evidence }, { predictor });
  const output = run.output as Explanation;
  return output.usage.model === 'used' ? output.summary : undefined;
}

/** By fault: what a fair writer says of it, and what contradicts its finding or goes beyond it. */
const SENTENCES: Readonly<Record<string, { holds: readonly string[]; falls: readonly string[] }>> = {
  'startup/config-key-missing_secret-env/as-found': {
    holds: [
      'Deployment shop/pricing cannot start because Secret `pricing-keys` does not contain the key `API_TOKEN`.',
      'Deployment shop/pricing uses Secret `pricing-keys`, which lacks the key `API_TOKEN`.',
      'The key `API_TOKEN` is missing in Secret `pricing-keys`. This is a critical error that prevents the deployment from starting.',
    ],
    falls: [
      'Secret `pricing-keys` has the key `API_TOKEN`.',
      'The key `API_TOKEN` is not missing in Secret `pricing-keys`.',
      'Deployment shop/pricing is running and started.',
      'Deployment shop/pricing cannot start because Secret `pricing-keys` has expired.',
    ],
  },
  'startup/configmap-missing_describe-noise/as-found': {
    holds: [
      'Deployment risk/rules is unable to start because the ConfigMap `rules-env` was not found.',
      'Deployment risk/rules fails because of the ConfigMap `rules-env`, which is missing.',
    ],
    falls: [
      'The ConfigMap `rules-env` exists, and Deployment risk/rules cannot start.',
      'Deployment risk/rules cannot start because ConfigMap `rules-env` is there.',
      'Deployment risk/rules cannot start because ConfigMap `rules-env` is corrupt.',
      'Deployment risk/rules did not fail.',
    ],
  },
  'running/oom-killed/text': {
    holds: [
      'Deployment data/importer fails because container `app` runs out of memory: its limit of 128Mi is too small.',
    ],
    falls: [
      'Deployment data/importer: container `app` was not killed for running out of memory.',
      'Deployment data/importer: container `app` was killed without running out of memory.',
      'Container `app` of Deployment data/importer is leaking memory.',
      'Deployment data/importer is OK and up.',
    ],
  },
  'scheduling/insufficient-resources/text': {
    holds: [
      'Deployment ml/trainer is Pending because no node has 64Gi of free memory.',
      'Deployment ml/trainer is Pending because there is too little free memory on the node.',
    ],
    falls: ['A node fits Deployment ml/trainer and memory is free.', 'Deployment ml/trainer is not Pending.'],
  },
  'running/readiness-probe-scheme/transcript': {
    holds: ['Deployment bookshop/reviews gets no traffic because its readiness probe fails.'],
    falls: [
      'Deployment bookshop/reviews gets traffic.',
      'The readiness probe of Deployment bookshop/reviews does not fail.',
    ],
  },
  'startup/module-missing_node/as-found': {
    holds: ['Deployment shop/notify fails because `amqplib` is missing from the image.'],
    falls: ['The image of Deployment shop/notify contains `amqplib`.'],
  },
};

describe.each(Object.entries(SENTENCES))('%s', (fault, { holds, falls }) => {
  test.each(holds)('"%s" is shown', async (sentence) => expect(await shown(fault, sentence)).toBe(sentence));
  test.each(falls)('"%s" is not', async (sentence) => expect(await shown(fault, sentence)).toBeUndefined());
});

const names = { claimsOf, standsIn: (claim: string, text: string) => text.includes(claim) };

test('what happened to one object is told by no finding of another', () => {
  const grounds = [
    groundOf(['Deployment shop/api: container `api` was killed for running out of memory']),
    groundOf(['Deployment shop/web fails: the host name `db.shop` does not resolve']),
  ];
  const wrong = (sentence: string) => ungrounded(sentence, grounds, names);
  expect(wrong('Container `api` was killed, and `db.shop` does not resolve.')).toBeUndefined();
  expect(wrong('Deployment shop/web was killed for running out of memory.')).toBeDefined();
  expect(wrong('The host name `db.shop` was killed.')).toBeDefined();
});

test('who does what to whom is as the finding says', () => {
  const grounds = [
    groundOf(['Deployment shop/web cannot connect to Service `db`: it refuses connections']),
    groundOf(['Deployment shop/web fails: Secret `keys` does not exist']),
    groundOf(['Deployment shop/jobs is denied by Policy `limits`']),
  ];
  const wrong = (sentence: string) => ungrounded(sentence, grounds, names);
  for (const fair of [
    'Deployment shop/web cannot connect to Service `db`.',
    'Service `db` refuses connections from Deployment shop/web.',
    'Service `db` cannot be connected to by the Deployment shop/web.',
    'The Secret `keys` of Deployment shop/web does not exist.',
    'Policy `limits` denied Deployment shop/jobs.',
  ])
    expect(wrong(fair), fair).toBeUndefined();
  expect(wrong('Service `db` cannot connect to Deployment shop/web.')).toBeDefined();
});

test('forms of a word share a stem, other words that begin alike do not', () => {
  expect(new Set(['refuse', 'refused', 'refusing', 'refusal'].map(stemOf)).size).toBe(1);
  expect(new Set(['connect', 'connecting', 'connection', 'connected'].map(stemOf)).size).toBe(1);
  for (const [one, other] of [
    ['dead', 'deadline'],
    ['resolve', 'resource'],
    ['correct', 'corrupt'],
    ['available', 'unavailable'],
  ] as const)
    expect(stemOf(one)).not.toBe(stemOf(other));
});
