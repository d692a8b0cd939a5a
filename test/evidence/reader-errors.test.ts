import { describe, expect, it } from 'vitest';
import { isOnlyReaders } from '../../src/evidence/reader-errors.ts';
import { split } from '../../src/evidence/split.ts';

describe('a program that the shell of the reader lacks', () => {
  it.each([
    ['kubctl get pods', 'bash: kubctl: command not found'],
    ['sudo crictll ps', 'sh: crictll: not found'],
    ['kubectl get pods -o json | jqq .items', '-bash: jqq: command not found'],
    ['kubens shop', 'zsh: command not found: kubens'],
    ['stren api', 'fish: Unknown command: stren'],
    ['kubctl get pods', "kubctl : The term 'kubctl' is not recognized as the name of a cmdlet, function, script file"],
    ['kubctl get pods', "'kubctl' is not recognized as an internal or external command,"],
    ['k9ss', "Command 'k9ss' not found, did you mean:"],
  ])('`%s` says nothing of what was looked at', (command, said) => {
    expect(isOnlyReaders(command, [said])).toBe(true);
  });

  it.each([
    ['kubectl exec api-0 -- sh -c migrate', 'sh: 1: migrate: not found'],
    ['./deploy.sh', './deploy.sh: line 3: helm: command not found'],
    ['helm upgrade api .', '/usr/bin/bash: line 155: helm: command not found'],
    ['kubectl logs api-0', 'bash: migrate: command not found'],
  ])('`%s` does where a script or a container lacks it', (command, said) => {
    expect(isOnlyReaders(command, [said])).toBe(false);
  });

  it('leaves no log of the pod behind', () => {
    const sections = split('$ kubectl logs api-0 | lnav\nbash: lnav: command not found\n');
    expect(sections.map(({ kind }) => kind)).toEqual(['text']);
  });
});
