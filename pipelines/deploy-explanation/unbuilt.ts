import type { Finding } from './schema.ts';

/** Whether a build that failed was to make the image that cannot be pulled: the citations of the pull name it. */
export function leavesNoImage(build: Finding, pull: Finding): boolean {
  if (build.stage !== 'build' || !/^image-/.test(pull.kind)) return false;
  const said = pull.citations.map(({ quote }) => quote).join('\n');
  return build.involves.some(({ kind, name }) => kind === 'Image' && standsIn(name, said));
}

function standsIn(image: string, text: string): boolean {
  for (let at = text.indexOf(image); at !== -1; at = text.indexOf(image, at + 1))
    if (!/[\w.-]/.test(text[at + image.length] ?? ' ') && !/[\w.-]/.test(text[at - 1] ?? ' ')) return true;
  return false;
}
