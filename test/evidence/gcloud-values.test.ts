import { expect, test } from 'vitest';
import { gcloudValues } from '../../src/evidence/parse/gcloud-values.ts';

test('a member that is not there leaves its cell blank, the first one, too', () => {
  const command = "gcloud sql instances describe till --format='value(status.message,state)'";
  const own = { apiVersion: 'cloud:resource/v1', kind: 'Instance', metadata: { name: 'till' } };
  expect(gcloudValues('\tRUNNABLE\n', command)).toEqual({ ...own, state: 'RUNNABLE' });
  expect(gcloudValues('disk is full\tFAILED\n', command)).toEqual({
    ...own,
    status: { message: 'disk is full' },
    state: 'FAILED',
  });
});
