import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';

const commandsIn = (text: string) =>
  collect([{ name: 'notes.txt', text }]).items.flatMap(({ command }) => command ?? []);

test('a command within a pod that stands alone owns what stands directly below it', () => {
  const command = 'kubectl exec -it cache-0 -c store -- sh -c "df -h /data"';
  expect(
    commandsIn(`${command}\nFilesystem  Size  Used Avail Use% Mounted on\n/dev/sda  10G 10G 0 100% /data`),
  ).toEqual([command]);
});

test('a list of commands to run, and a sentence that begins as a command, own nothing', () => {
  const ping = 'kubectl exec -n toys deploy/cache -- redis-cli ping';
  for (const text of [
    `Try these:\n\n${ping}\nkubectl exec -n toys deploy/cache -- redis-cli info\n\nThen note what it says.`,
    `${ping}\nThis must answer with PONG within a second.`,
    'kubectl exec into the pod cache-0 -- then look at its disk.\nIt fills up at night',
  ])
    expect(commandsIn(text), text).toEqual([]);
});
