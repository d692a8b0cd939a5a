/**
 * What registries and container runtimes say, by meaning. Sources: the error strings of containerd (`remotes/docker`), the
 * distribution registry's error codes, Docker Hub's rate limit page, and the kubelet's image manager.
 */
export const AUTH =
  /pull access denied|unauthorized|authentication required|no basic auth credentials|insufficient_scope|403 Forbidden|denied: (requested access|permission|access)|authorization failed|401 Unauthorized|invalid username|FailedToRetrieveImagePullSecret/i;
export const MISSING =
  /not found|manifest unknown|name unknown|NAME_UNKNOWN|MANIFEST_UNKNOWN|repository does not exist|404 Not Found|no such manifest/i;
export const RATE = /toomanyrequests|rate limit|429 Too Many Requests|pull rate/i;
export const UNREACHABLE =
  /no such host|i\/o timeout|connection refused|dial tcp|TLS handshake timeout|network is unreachable|server misbehaving|context deadline exceeded|x509:|certificate|EOF$|503 Service Unavailable|http: server gave HTTP response/i;
export const INVALID =
  /InvalidImageName|couldn't parse image|invalid reference format|Failed to apply default image tag/i;
export const PLATFORM = /no match for platform|no matching manifest for/i;
export const NEVER = /ErrImageNeverPull|pull policy of Never/i;
