import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function explain(rows: string): Promise<Explanation> {
  const text = `{"tool_name":"postgres_query","match_params":{"query":"select * from pg_replication_slots"}}\n${rows}\n`;
  const evidence = [{ name: 'slots.txt', text }];
  const { run } = await runInProcess(
    deployExplanation,
    { evidence, question: 'why is the copy late?' },
    { predictor: noModel() },
  );
  return run.output as Explanation;
}

const table = (active: string, kept: string) => ` slot_name | active | retained
-----------+--------+----------
 tides_cdc | ${active}      | ${kept}
(1 row)`;

test('a slot that nobody reads and that keeps much is an abandoned one', async () => {
  for (const rows of [
    table('f', '31 GB'),
    '-[ RECORD 1 ]+----------\nslot_name    | tides_cdc\nactive       | f\nretained_wal | 33285996544',
    '[{"slot_name":"tides_cdc","active":false,"wal_status":"lost"}]',
  ]) {
    const { rootCause } = await explain(rows);
    expect(rootCause).toMatchObject({ kind: 'replication-stalled' });
    expect(rootCause?.summary).toContain('nobody reads replication slot `tides_cdc`');
  }
});

test('one that is read, or keeps little, is not', async () => {
  expect((await explain(table('t', '31 GB'))).rootCause).toBeUndefined();
  expect((await explain(table('f', '31 MB'))).rootCause).toBeUndefined();
});
