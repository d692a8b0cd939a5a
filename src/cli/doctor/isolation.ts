import { isNetworkIsolated } from '../../policy/execute.ts';
import type { Finding } from './check.ts';

/** Whether policy engines run without network here. Without, policies that reach outside are still refused by their text. */
export async function checkIsolation(): Promise<Finding> {
  const name = 'isolation';
  if (await isNetworkIsolated()) return { name, state: 'ok', detail: 'policy engines run without network' };
  const why =
    process.platform === 'linux'
      ? 'this system permits no new network namespace (unshare --net)'
      : `${process.platform} has no network namespaces`;
  return {
    name,
    state: 'optional',
    detail: `${why}: policy engines can reach the network; judge only policies that you trust, or run opsline where rules keep it from the network`,
  };
}
