import { describe, expect, it } from 'vitest';
import { namesUnder } from '../../../pipelines/policy-fix/fixers/registries.ts';

describe("names of Docker Hub's official images elsewhere", () => {
  it.each(['redis:7', 'library/redis:7', 'docker.io/redis:7', 'docker.io/library/redis:7', 'index.docker.io/redis:7'])(
    'are offered with and without library/ where a mirror is named: %s',
    (image) => {
      expect(namesUnder(image, 'pull.example.org/dockerhub/', '', [])).toEqual([
        'pull.example.org/dockerhub/redis:7',
        'pull.example.org/dockerhub/library/redis:7',
      ]);
    },
  );

  it('have library/ first where others keep it there', () => {
    expect(namesUnder('redis:7', 'r.example.org/x/', '', ['r.example.org/x/library/nginx:1'])).toEqual([
      'r.example.org/x/library/redis:7',
      'r.example.org/x/redis:7',
    ]);
  });

  it('have both where the policy says that the place mirrors others', () => {
    expect(namesUnder('redis:7', 'r.example.org/', 'Use our pull-through registry.', [])).toHaveLength(2);
    expect(namesUnder('redis:7', 'r.example.org/', 'Docker Hub limits pulls.', [])).toEqual(['r.example.org/redis:7']);
  });

  it.each([
    ['bitnami/redis:7', 'mirror.example.org/', 'mirror.example.org/bitnami/redis:7'],
    ['quay.io/library/redis:7', 'mirror.example.org/', 'mirror.example.org/redis:7'],
    ['redis:7', 'mirror.example.org/docker/library/', 'mirror.example.org/docker/library/redis:7'],
    ['redis:7', 'mirror.example.org/data/redis/', 'mirror.example.org/data/redis:7'],
  ])('are one for any other image or place: %s under %s', (image, registry, name) => {
    expect(namesUnder(image, registry, '', [])).toEqual([name]);
  });
});
