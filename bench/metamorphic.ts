/**
 * How the answers to the whole catalogue move under changes that must not change them:
 * `node bench/metamorphic.ts [CHANGE…] [--case PART] [--seed N] [--every N] [--show]`. One line for each change: cases, how many stand, and what the others became.
 */
import { parseArgs } from 'node:util';
import { answer, catalogue, differs, saysLess } from '../test/pipelines/deploy-explanation/metamorphic/case.ts';
import { changes } from '../test/pipelines/deploy-explanation/metamorphic/index.ts';
import { Random } from '../test/pipelines/deploy-explanation/metamorphic/random.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
  },
});
const named = catalogue().filter((one) => one.path.includes(values.case));
// With another seed, other cases.
const sampled = named.filter((_, index) => (index + Number(values.seed)) % Number(values.every) === 0);
const cases = sampled.filter((one) => differs(answer(one), one) === undefined);
const asked = changes.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)));
for (const change of asked) {
  const failed: string[] = [];
  let ran = 0;
  for (const one of cases) {
    const changed = change.apply(one, new Random(`${values.seed} ${change.name} ${one.path}`));
    if (changed === undefined) continue;
    ran++;
    const now = answer(changed);
    const difference = change.loses === true && saysLess(now, changed) ? undefined : differs(now, changed);
    if (difference !== undefined) failed.push(`  ${one.path}: ${difference}`);
    if (values.show && difference !== undefined && values.case !== '')
      for (const { name, text } of changed.files) process.stdout.write(`\n##### ${name}\n${text}\n`);
  }
  const share = ran === 0 ? '' : `${((100 * (ran - failed.length)) / ran).toFixed(1)} %`;
  process.stdout.write(`${change.name.padEnd(34)} ${String(ran).padStart(5)} ${share.padStart(8)}\n`);
  if (failed.length > 0) process.stdout.write(`${failed.join('\n')}\n`);
}
