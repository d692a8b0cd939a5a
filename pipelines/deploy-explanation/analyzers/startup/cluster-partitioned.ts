import { at, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, type View } from '../../view.ts';
import { type Analyzer, change, type Draft, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

const SPLIT = /partition(?:ed)?|split[- ]?brain|inconsistent_database|cannot communicate with/i;

const fromLogs = logAnalyzer({
  kind: 'cluster-partitioned',
  title: 'Members of a cluster have lost each other',
  about:
    'A clustered server (RabbitMQ, etcd, Kafka, Elasticsearch, Redis, a database) says that it is partitioned, or that it has no quorum or leader.',
  remedy:
    'Bring back the members that are missing and the network between them; then heal the cluster as its manual says.',
  aspects: {
    partition: 'its members see different clusters (split brain)',
    'no-quorum': 'too few members are there to choose a leader or to accept writes',
  },
  aspect: ({ match }) => (SPLIT.test(match[0]) ? 'partition' : 'no-quorum'),
  pattern: anyOf(
    /running_partitioned_network|[Cc]luster partition detected|[Nn]etwork partition detected|[Pp]artial partition|split[- ]?brain|inconsistent_database|(?:lost|no|without) quorum|quorum (?:is )?lost|etcdserver: no leader|master not discovered(?: or elected)? yet|NotEnoughReplicas(?:Exception)?|CLUSTERDOWN|raft[^\n]{0,40}(?:no leader|lost leader)|no (?:cluster )?leader\b/i,
    /etcdserver: request timed out, possibly due to connection lost|Not enough replicas available for query|master_not_discovered_exception|no nodes coming from prim view|WSREP has not yet prepared node|^Node \S+@\S+ cannot communicate with \S+@\S+|WSREP: [^\n]{0,80}(?:view_id\(NON_PRIM|primary = no\b|non-primary)/,
  ),
  except: /lease|leader election lost|acquir/i,
  toldToClient: /SQLSTATE|\b1047 WSREP|\(08S01\)/,
  confidence: 0.9,
  stage: 'running',
  says: ({ match }) =>
    SPLIT.test(match[0])
      ? `its cluster is partitioned (\`${match[0]}\`)`
      : `its cluster has no quorum or leader (\`${match[0]}\`)`,
  remedies: () => [
    look('Ask each member which others it sees'),
    change('Bring the missing members back; restart those of the smaller side', 'high'),
  ],
});

/** Whether a member that a tool asked says that it is not healthy. */
const isUnhealthy = (member: View['scene']['objects'][number]): boolean =>
  objects(at(member.object, 'status', 'conditions')).some(
    ({ type, status }) => type === 'Healthy' && text(status) === 'False',
  );

/** Members of etcd of which so many do not answer that no majority is left: a cluster of `n` needs more than half of them. */
function withoutMajority(view: View): Draft[] {
  const members = view.scene.objects.filter(({ ref }) => ref.kind === 'EtcdMember');
  const unhealthy = members.filter(isUnhealthy);
  // Of one member alone nothing says how many there are.
  if (members.length < 2 || (members.length - unhealthy.length) * 2 > members.length) return [];
  const names = unhealthy.map(({ ref }) => ref.name);
  return [
    {
      object: { kind: 'EtcdCluster', name: 'etcd' },
      aspect: 'no-quorum',
      summary: `etcd has no quorum: ${unhealthy.length} of ${members.length} members are not healthy (${names.slice(0, 5).join(', ')})`,
      confidence: 0.9,
      severity: 'degraded',
      citations: unhealthy.slice(0, 5).map((member) => cite(member, member.ref.name) ?? citeAny(member)),
      involves: unhealthy.map(({ ref }) => ref),
      remedies: [
        look('See what keeps each member from its others: its log, its disk, the network between them'),
        change('Bring the missing members back', 'high'),
      ],
    },
  ];
}

export const clusterPartitioned: Analyzer = {
  ...fromLogs,
  find: (view) => [...withoutMajority(view), ...fromLogs.find(view)],
};
