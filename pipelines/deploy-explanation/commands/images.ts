import { type Command, command } from '../../../src/evidence/commands/shell.ts';

/** `host:port/path:tag@digest`, as loosely as registries and runtimes take it (OCI distribution, "Pulling manifests"). */
const IMAGE = /^([A-Za-z0-9][\w.-]*(?::\d+)?(?:\/[A-Za-z0-9][\w.-]*)*)(?::\w[\w.-]*)?(?:@[a-z0-9]+:[0-9a-f]+)?$/;

/** An image as a word of a command; undefined for what is none. */
export function imageOf(image: string): string | undefined {
  return IMAGE.test(image) ? image : undefined;
}

/** Lists the tags of an image's repository, which `docker` cannot. */
export function tagsOf(image: string): Command | undefined {
  // Without a slash, what follows a colon is the tag and no port.
  const repository = image.includes('/') ? IMAGE.exec(image)?.[1] : IMAGE.exec(image)?.[1]?.split(':')[0];
  return repository === undefined ? undefined : command('skopeo', 'list-tags', `docker://${repository}`);
}
