import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { Output } from '../../../../src/evidence/outputs.ts';

const BUILDS: readonly RegExp[] = [
  /\b(?:docker|podman|buildah|nerdctl)\b[^|;&]*\b(?:build|bud)\b[^|;&]*?(?:\s-t|\s--tag)[ =](\S+)/g,
  /--destination[ =](\S+)/g,
  /\b(?:docker|podman|buildah|skopeo) push (\S+)/g,
  /naming to (\S+)/g,
  /Successfully tagged (\S+)/g,
  /^\s+tags: (\S+:\S+)/g,
  /pushing manifest for (\S+?)@/g,
];
const IMAGE = /^["']?((?:[\w.-]+(?::\d+)?\/)*[\w.-]+:[\w.-]+)["']?$/;
const MAX_IMAGES = 8;

/** Images, with their tags, that an output says it builds or pushes. */
export function imagesBuiltIn(output: Output): ObjectRef[] {
  const names = new Set<string>();
  for (const { text } of output.lines) {
    if (names.size >= MAX_IMAGES) break;
    if (!/build|bud|push|tag|naming|destination/.test(text)) continue;
    for (const pattern of BUILDS)
      for (const match of text.slice(0, 1000).matchAll(pattern)) {
        const name = IMAGE.exec(match[1] ?? '')?.[1];
        if (name !== undefined) names.add(name.replace(/^docker\.io\/(?:library\/)?/, ''));
      }
  }
  return [...names].map((name) => ({ kind: 'Image', name }));
}
