import { type MetricAnswer, metricAnswersIn } from '../../../../src/evidence/metric-answers.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { programNamed } from '../../../../src/evidence/program-name.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { programOf } from './told-latencies.ts';

const answersIn = (view: View): MetricAnswer[] => view.scene.items.flatMap((item) => metricAnswersIn(item));

/** Of a file system so much must be left (a share of it): below, writes fail. */
const LEFT = 0.02;
/** Shares of a file system, by the metrics of the kubelet and of the node exporter: what is left of it, or what is used. */
const LEFT_OF =
  /(?:kubelet_volume_stats_available|node_filesystem_(?:avail|free))\w*[\s\S]*\/[\s\S]*(?:capacity|size)\w*/;
const USED_OF = /kubelet_volume_stats_used\w*[\s\S]*\/[\s\S]*capacity\w*/;

/** What is left of a whole: `1 - …`, `100 - …`. */
const REST = /(?:^|[(\s])1(?:00)? ?- ?/;
/** File systems that are always full, or hold nothing that is written. */
const SEALED = /^(?:squashfs|iso9660|erofs|tmpfs|ramfs|overlay)$/;

function leftOf({ query, labels, value }: MetricAnswer): number | undefined {
  if (SEALED.test(labels.fstype ?? '')) return undefined;
  // `100 * …` and `1 - …` are written on either side.
  const percent = /\b100\b/.test(query) ? 100 : 1;
  const share = value / percent;
  const rest = REST.test(query);
  if (LEFT_OF.test(query)) return rest ? 1 - share : share;
  return USED_OF.test(query) ? (rest ? share : 1 - share) : undefined;
}

/** Volumes and file systems of nodes that metrics show to be full. */
export function fullByMetric(view: View): Draft[] {
  return answersIn(view).flatMap((answer): Draft[] => {
    const { labels } = answer;
    const left = leftOf(answer);
    const claim = labels.persistentvolumeclaim;
    const node = labels.node ?? labels.nodename ?? labels.instance;
    if (left === undefined || left > LEFT || (claim === undefined && node === undefined)) return [];
    const namespace = labels.namespace === undefined ? {} : { namespace: labels.namespace };
    const object: ObjectRef =
      claim === undefined
        ? { kind: 'Node', name: node ?? '' }
        : { kind: 'PersistentVolumeClaim', name: claim, ...namespace };
    const users = view.pods.filter(({ source }) =>
      JSON.stringify(source.object.spec ?? {}).includes(`"claimName":"${claim}"`),
    );
    return [
      {
        object,
        summary: `${named(object)} is full: ${Number((Math.max(0, left) * 100).toFixed(2))} % of it is left${labels.mountpoint === undefined ? '' : ` at \`${labels.mountpoint}\``}`,
        confidence: 0.82,
        severity: 'degraded',
        citations: [answer.cite()],
        involves: users.flatMap(({ ref }) => [ref, workloadOf(view.scene, ref)]),
        remedies: [look('See what fills it'), change('Free space, or make the volume larger', 'medium')],
      },
    ];
  });
}

/** Until when a certificate holds: a time, or what is left of it (in whatever unit) where the query takes `time()` off. */
const EXPIRES =
  /probe_ssl_earliest_cert_expiry|certmanager_certificate_expiration_timestamp_seconds|ssl_cert_not_after|x509_cert_(?:not_after|expires_in_seconds)/;

/** Certificates that are past their end by what monitoring measured. */
export function expiredByMetric(view: View): Draft[] {
  return answersIn(view).flatMap((answer): Draft[] => {
    const { query, labels, value } = answer;
    const relative = /-\s*time\(\)/.test(query) || /expires_in/.test(query);
    if (!EXPIRES.test(query) || !relative || value > 0) return [];
    const target = labels.instance ?? labels.target ?? labels.cn ?? labels.subject ?? labels.name;
    if (target === undefined) return [];
    const object = { kind: 'Certificate', name: target.replace(/^https?:\/\//, '').replace(/[:/].*$/, '') };
    return [
      {
        object,
        summary: `The certificate of \`${target}\` has expired, as monitoring measures it (${value} left)`,
        confidence: 0.85,
        severity: 'failed',
        citations: [answer.cite()],
        remedies: [look('Find out why it was not renewed'), change('Renew it')],
      },
    ];
  });
}

/** So many requests in a hundred that fail are no noise. */
const FAILING = 0.05;
/** Failed requests (status 5xx, or a code of gRPC) as a share of all. */
const SHARE_OF_ERRORS =
  /(?:(?<!!)=~?"(?:5|\(5|4\.\.\|5)[^"]*"|_(?:errors?|failed|failures?)(?:_total|_count|_sum)?\b|grpc_code(?:!=~?"OK|=~?"(?!OK)))[\s\S]*\/[\s\S]*(?:rate|increase|count|total)/i;

/** Programs of whose requests monitoring counts a share that failed. */
export function failingByMetric(view: View): Draft[] {
  const found = answersIn(view).flatMap((answer): Draft[] => {
    const { query, labels } = answer;
    const counted = /\b100\b/.test(query) ? answer.value / 100 : answer.value;
    const share = REST.test(query) ? 1 - counted : counted;
    const name = programNamed(labels) ?? labels.job ?? labels.destination_workload ?? labels.destination_service_name;
    if (!SHARE_OF_ERRORS.test(query) || share < FAILING || share > 1 || name === undefined) return [];
    const object = programOf(view, name, labels.namespace);
    return [
      {
        object,
        summary: `${named(object)} answers ${Math.round(share * 100)} % of its requests with an error, as monitoring counts them`,
        confidence: 0.5,
        severity: 'degraded',
        citations: [answer.cite()],
        remedies: [look('Read its log, and the logs of what it calls')],
      },
    ];
  });
  return [...new Map(found.map((draft) => [named(draft.object), draft])).values()];
}
