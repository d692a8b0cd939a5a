import { citeText } from '../../../../src/evidence/cite.ts';
import type { EvidenceItem } from '../../../../src/evidence/model.ts';
import { recordsIn } from '../../../../src/evidence/records/read.ts';
import { text } from '../../../../src/json.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { whoAnswered } from './ran-in.ts';

const MAX_CHARS = 256 * 1024;
/** PostgreSQL's functions of a replica: `pg_is_wal_replay_paused()`, since 14 also `pg_get_wal_replay_pause_state()`. */
const PAUSED = /\bpg_(?:is_wal_replay_paused|get_wal_replay_pause_state)\b/;

/** Whether the answer to a query says that the replica's replay is paused, and how far it is behind, where that was asked, too. */
function pausedIn(item: EvidenceItem): { readonly behind?: string } | undefined {
  if (item.text.length > MAX_CHARS || !PAUSED.test(item.text)) return undefined;
  const rows = recordsIn(item.text.split('\n')) ?? [];
  for (const { fields } of rows) {
    const told = Object.entries(fields).map(([name, value]) => [name.replaceAll(' ', '_'), text(value) ?? ''] as const);
    const paused = told.some(([name, value]) => PAUSED.test(name) && /^(?:t|true|on|paused)$/i.test(value));
    const behind = told.find(([name, value]) => /delay|lag|behind/i.test(name) && value !== '')?.[1];
    if (paused) return behind === undefined ? {} : { behind };
  }
  return undefined;
}

/** Replicas that say that somebody paused their replay. */
function pausedReplicas(view: View): Draft[] {
  return view.scene.items.flatMap((item): Draft[] => {
    const paused = pausedIn(item);
    if (paused === undefined) return [];
    const object = whoAnswered(view, item);
    const behind = paused.behind === undefined ? '' : ` It is ${paused.behind} behind.`;
    return [
      {
        object,
        aspect: 'stopped',
        summary: `${object.kind === 'Output' ? 'The replica' : named(object)} does not follow its primary: replaying the log is paused, by somebody or by a setting of its recovery.${behind}`,
        confidence: 0.93,
        severity: 'degraded',
        citations: [citeText(item, PAUSED), citeText(item, paused.behind ?? /^\s*t\b/)],
        remedies: [
          look('Ask who paused it, and whether a long query or an export still needs that'),
          change('Let it go on: `select pg_wal_replay_resume()` on the replica'),
        ],
      },
    ];
  });
}

/** Redis and Valkey tell of themselves (`INFO replication`) that a replica has lost its primary. */
const LINK_DOWN = /^master_link_status:down\s*$/m;

/** Seconds since a replica of Redis lost its primary; one that came up a moment ago still looks for it. */
const LOST = 60;

function lostPrimaries(view: View): Draft[] {
  return view.scene.items.flatMap((item): Draft[] => {
    if (item.text.length > MAX_CHARS || !LINK_DOWN.test(item.text)) return [];
    const member = (name: string) => new RegExp(`^${name}:(\\S+)\\s*$`, 'm').exec(item.text)?.[1];
    const since = Number(member('master_link_down_since_seconds') ?? LOST);
    if (since < LOST && since >= 0) return [];
    const object = whoAnswered(view, item);
    const who = object.kind === 'Output' ? 'The replica' : named(object);
    return [
      {
        object,
        aspect: 'stopped',
        summary: `${who} has no connection to its primary \`${member('master_host') ?? ''}:${member('master_port') ?? ''}\`${since > 0 ? ` for ${since} s` : ''}, so it answers with old data`,
        confidence: 0.85,
        severity: 'degraded',
        citations: [citeText(item, 'master_link_status:down'), citeText(item, 'master_link_down_since_seconds')],
        remedies: [
          look('See whether the primary answers, and whether address, password and TLS of the replica fit it'),
        ],
      },
    ];
  });
}

/** Replicas that were asked and say that they do not follow. */
export const replicasAsked = (view: View): Draft[] => [...pausedReplicas(view), ...lostPrimaries(view)];
