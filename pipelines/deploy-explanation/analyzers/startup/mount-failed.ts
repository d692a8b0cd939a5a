import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { change, DEPTH, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

interface MountFault {
  readonly means: string;
  readonly pattern: RegExp;
  readonly fix: string;
}

/** What kubelet, attach controller, CSI drivers and `mount` say of a volume that cannot be used; the first that fits counts. */
const FAULTS: Readonly<Record<string, MountFault>> = {
  'multi-attach': {
    means: 'the volume is attached to another node, and may be on one only (ReadWriteOnce)',
    pattern:
      /Multi-Attach error|already exclusively attached|VolumeInUse|IN_USE_BY_ANOTHER_RESOURCE|already attached to/,
    fix: 'Use the strategy Recreate (or one replica), or free the volume from the other node',
  },
  'driver-missing': {
    means: 'the CSI driver of the volume does not run on the node',
    pattern:
      /not found in the list of registered CSI drivers|no volume plugin matched|CSINode \S+ does not contain driver/,
    fix: 'Install the CSI driver, or bring up its pod on this node',
  },
  'server-unreachable': {
    means: 'the file server (NFS, SMB) does not answer',
    pattern:
      /mount\.(?:nfs4?|cifs): (?:Connection (?:timed out|refused)|No route to host|Failed to resolve server|.*(?:timed out|refused))|mount error\(11[0-3]\)|Host is down/,
    fix: 'Correct the address of the server, or make it reachable from the nodes',
  },
  'access-denied': {
    means: 'the file server or the cloud refuses access to the volume',
    pattern:
      /access denied by server|mount error\(13\)|UnauthorizedOperation|AuthorizationFailed|AccessDenied|PermissionDenied/,
    fix: "Allow the nodes (or the driver's role) to use the volume",
  },
  'host-path': {
    means: 'the path on the node is missing or of another type than the hostPath asks for',
    pattern: /hostPath type check failed/,
    fix: 'Correct path or type of the hostPath, or make it on the node',
  },
  'not-a-directory': {
    means: 'a file is mounted over a directory, or the other way round',
    pattern: /not a directory|Are you trying to mount a directory onto a file/,
    fix: 'Mount a file with subPath, or correct mountPath',
  },
  'sub-path': {
    means: 'the subPath does not exist in the volume, or is of another type',
    pattern: /failed to (?:prepare|create) subPath|subpath/i,
    fix: 'Correct the subPath of the mount',
  },
  'server-path-missing': {
    means: 'the path does not exist on the file server or in the volume',
    pattern: /mount\.(?:nfs4?|cifs): .*(?:No such file or directory|failed, reason given by server)|mount error\(2\)/,
    fix: 'Correct the path of the volume, or make it on the server',
  },
  'file-system': {
    means: 'the file system on the volume is damaged, or of another type',
    pattern:
      /wrong fs type|bad superblock|unknown filesystem type|[Ss]tructure needs cleaning|'fsck' found errors|fsck error/,
    fix: 'Repair the file system, or correct fsType',
  },
  ownership: {
    means: 'the ownership of the volume cannot be set, or takes long because of many files (fsGroup)',
    pattern: /applyFSGroup failed|set(?:ting)? volume ownership|lchown|chown .*(?:not permitted|read-only)/i,
    fix: 'Drop fsGroup for this volume (fsGroupChangePolicy, a driver with fsGroupPolicy), or fix its owner',
  },
  'node-full': {
    means: 'the node can attach no more volumes',
    pattern:
      /max(?:imum)? (?:volume count|number of (?:attachments|disks))|attachment limit|AttachmentLimitExceeded|too many volumes/i,
    fix: 'Move the pod to another node, or spread the volumes',
  },
  'volume-missing': {
    means: 'the disk behind the volume does not exist (any more)',
    pattern:
      /InvalidVolume\.NotFound|VolumeNotFound|[Vv]olume \S* ?(?:not found|does not exist)|could not find (?:disk|volume)|disk .{1,200}? not found|PersistentVolume .{1,80} not found/,
    fix: 'Restore the disk from a snapshot, or make volume and claim anew',
  },
  'secret-store': {
    means: 'the secrets store (Vault, a cloud) does not give the secrets that are to be mounted',
    pattern: /failed to mount secrets store objects|SecretProviderClass|secrets-store\.csi/,
    fix: 'Correct the SecretProviderClass, or the rights of the service account there',
  },
  'device-missing': {
    means: 'the device or path to mount is not there on the node',
    pattern: /special device \S+ does not exist|failed to find device|No such device|no such file or directory/i,
    fix: 'Correct the device or path of the volume, or make it on the node',
  },
  timeout: {
    means: 'attaching or mounting does not come to an end, and nothing says why',
    pattern: /timed out waiting|context deadline exceeded|DeadlineExceeded|deadline exceeded/,
    fix: "Read the log of the CSI driver's node and controller pods",
  },
};

function faultOf(message: Message): string | undefined {
  return Object.keys(FAULTS).find((aspect) => FAULTS[aspect]?.pattern.test(message.text));
}

export const mountFailed = containerAnalyzer({
  kind: 'mount-failed',
  title: 'A volume cannot be mounted',
  about:
    'The kubelet or the storage driver cannot attach or mount a volume (other than a missing ConfigMap or Secret).',
  remedy: 'Read the reason in the event: attached elsewhere, wrong file system, NFS server, missing driver, subPath.',
  aspects: Object.fromEntries(Object.entries(FAULTS).map(([aspect, { means }]) => [aspect, means])),
  aspect: (_match, message) => faultOf(message),
  depth: DEPTH.config + 2,
  pattern:
    /MountVolume\.\w+ failed for volume "([^"]+)"|AttachVolume\.\w+ failed for volume "([^"]+)"|Multi-Attach error for volume "([^"]+)"|failed to (?:prepare|create) subPath|not a directory: .*mount|error mounting "([^"]+)"|Unable to (?:attach or )?mount volumes: unmounted volumes=\[([^\]]+)\]|Unable to mount volumes for pod|[Ss]etting volume ownership for \S*?volumes\/[^/]+\/([^/\s]+)\S* is taking longer/,
  except:
    /(?:configmap|secret)s? \\?"[^"]*\\?" not found|references non-existent (?:config|secret)|object "[^"]*"\/"[^"]*" not registered|failed to sync (?:configmap|secret) cache/i,
  // That it takes too long says least: another message of the same pod may say why.
  confidence: (message) => (faultOf(message) === 'timeout' ? 0.78 : 0.9),
  says: (match, message) => {
    const means = FAULTS[faultOf(message) ?? '']?.means;
    const volume = match.slice(1).find((part) => part);
    return `${volume === undefined ? 'its volume' : `volume \`${volume}\``} cannot be mounted${means === undefined ? '' : `: ${means}`} (${message.text.slice(0, 200)})`;
  },
  remedies: (_match, _pod, message) => [
    look('See where the volume is attached', command('kubectl', 'get', 'volumeattachments')),
    change(FAULTS[faultOf(message) ?? '']?.fix ?? 'Correct the volume or free it from the other node', 'medium'),
  ],
});
