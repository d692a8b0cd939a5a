import { at, isObject, type Json, number, objects, text } from '../../json.ts';
import { troubled } from '../status/words.ts';

/**
 * What stores say of their own cluster, as resources that speak for themselves: Elasticsearch's and OpenSearch's `_cluster/health`, MongoDB's
 * `rs.status()`. The API version says that no cluster of Kubernetes knows them.
 */
const STORE = 'store:cluster/v1';
const MAX_CHARS = 1024 * 1024;

const READY: Json = { conditions: [{ type: 'Ready', status: 'True' }] };
const notReady = (message: string): Json => ({
  conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message }],
});
const comingUp = (message: string): Json => ({
  conditions: [{ type: 'Ready', status: 'False', reason: 'Starting', message }],
});

/** A red cluster lacks shards: of these nothing is found. A yellow one lacks copies, as one of a single node always does. */
function searchCluster(value: Json): Json[] {
  const [name, status, missing] = [text(value.cluster_name), text(value.status), number(value.unassigned_shards)];
  if (name === undefined || missing === undefined || !/^(?:green|yellow|red)$/.test(status ?? '')) return [];
  const message = `${missing} shards are unassigned (${text(value.number_of_nodes) ?? '?'} nodes)`;
  return [
    {
      apiVersion: STORE,
      kind: 'SearchCluster',
      metadata: { name },
      status: status === 'red' ? notReady(`status red: ${message}`) : READY,
    },
  ];
}

/** States of a member that serves, of one that comes up, and of one that does neither (MongoDB, "Replica Set Member States"). */
const SERVES = /^(?:PRIMARY|SECONDARY|ARBITER)$/;
const COMES_UP = /^(?:STARTUP2?|RECOVERING)$/;

function replicaSet(value: Json): Json[] {
  const [set, members] = [text(value.set), objects(value.members)];
  if (set === undefined || members.length === 0 || members.some(({ stateStr }) => text(stateStr) === undefined))
    return [];
  return members.flatMap((member) => {
    const [name, state] = [text(member.name)?.replace(/:\d+$/, ''), text(member.stateStr) ?? ''];
    const why = text(member.infoMessage) || text(member.lastHeartbeatMessage);
    if (name === undefined) return [];
    const message = `${state}${why ? `: ${why}` : ''}`;
    return [
      {
        apiVersion: STORE,
        kind: 'ReplicaSetMember',
        metadata: { name },
        status: SERVES.test(state)
          ? READY
          : COMES_UP.test(state) && !(why && troubled(why))
            ? comingUp(message)
            : notReady(message),
      },
    ];
  });
}

/** Members of a store's cluster in what it says of itself in JSON. Empty for any other text. */
export function storeMembers(source: string): Json[] {
  if (!/^\s*\{/.test(source) || source.length > MAX_CHARS || !/"unassigned_shards"|"stateStr"/.test(source)) return [];
  try {
    const value: unknown = JSON.parse(source);
    return isObject(value) ? [...searchCluster(value), ...replicaSet(isObject(at(value, 'members')) ? {} : value)] : [];
  } catch {
    return [];
  }
}
