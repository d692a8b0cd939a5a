import { answer, type Case, type Change, catalogue, differs, type EvidenceText } from './case.ts';
import type { Random } from './random.ts';
import { namesOf, renamed } from './rename.ts';
import { moved } from './time.ts';

/** Healthy cases of a namespace: neither builds nor applies, nor the nodes of another cluster. */
let calm: Case[] | undefined;

function healthy(): Case[] {
  calm ??= catalogue().filter(
    (one) =>
      one.path.startsWith('healthy/') &&
      one.question === undefined &&
      commands(one.files[0]?.text ?? '')?.every((part) => /^\$ kubectl .* (?:-n \S|-A)/.test(part)) === true &&
      !one.files.some(({ text }) => text.includes('kube-system')) &&
      !/^NAME +STATUS +ROLES|kind"?: "?Node\b/m.test(one.files.map(({ text }) => text).join('\n')) &&
      isCalm(one),
  );
  return calm;
}

function isCalm(one: Case): boolean {
  const { verdict, findings } = answer({ files: apart(one, 'zz') });
  return verdict === 'healthy' && findings.length === 0;
}

/** Another's evidence among some in which nothing is called as something of the case: else it would not be apart. */
function stranger(given: Case, list: readonly Case[], random: Random): readonly EvidenceText[] | undefined {
  const said = given.files.map(({ name, text }) => `${name}\n${text}`).join('\n');
  for (let tries = 0; tries < 5; tries++) {
    const noise = random.pick(list);
    const { names, kept } = namesOf(noise);
    if ([...kept, ...names].every((name) => name.length < 5 || !said.includes(name)))
      return atTimeOf(given, apart(noise, 'zz'));
  }
  return undefined;
}

/** The newest time that texts say, in milliseconds. */
function newest(files: readonly EvidenceText[]): number | undefined {
  const said = files.flatMap(({ text }) => text.match(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d/g) ?? []).sort();
  const last = said.at(-1);
  return last === undefined ? undefined : Date.parse(`${last}Z`);
}

/** Texts moved to the time of others: what is collected together was seen together. */
function atTimeOf(given: Case, files: readonly EvidenceText[]): readonly EvidenceText[] {
  const [here, there] = [newest(given.files), newest(files)];
  if (here === undefined || there === undefined) return files;
  return files.map(({ name, text }) => ({ name, text: moved(text, Math.round((here - there) / 1000)) }));
}

/** The same text with other names of everything that the case knows, in a namespace of its own. */
function apart(noise: Case, tag: string): readonly EvidenceText[] {
  const { names, namespaces } = namesOf(noise);
  const map = new Map([...names, ...namespaces].map((name) => [name, `${name}-${tag}`]));
  return (renamed(noise, map) ?? noise).files.map(({ name, text }) => ({ name: `${tag}-${name}`, text }));
}

const merged = (place: 'before' | 'after'): Change => ({
  name: `healthy-${place}`,
  apply: (given, random) => {
    // Of an unwell node where healthy pods are elsewhere, nobody asked.
    const nodes = given.expected.object?.kind === 'Node' || /node|runtime-down|kubelet|plugin/.test(given.path);
    if (nodes || given.expected.verdict === 'unknown' || /^(?:build|infrastructure)/.test(given.path)) return undefined;
    const noise = stranger(given, healthy(), random);
    if (noise === undefined) return undefined;
    return { ...given, files: place === 'before' ? [...noise, ...given.files] : [...given.files, ...noise] };
  },
});

/** Faults of one namespace's workloads that nothing outside of it has to do with. */
let unwell: Case[] | undefined;

function ill(): Case[] {
  unwell ??= catalogue().filter(
    (one) =>
      /^(?:startup|running)\//.test(one.path) &&
      one.question === undefined &&
      one.expected.verdict === 'failed' &&
      /^(?:Deployment|StatefulSet)$/.test(one.expected.object?.kind ?? '') &&
      commands(one.files[0]?.text ?? '')?.every((part) => /^\$ kubectl .* -n \S/.test(part)) === true &&
      differs(answer(one), one) === undefined,
  );
  return unwell;
}

/** Beside what is asked about by its namespace, another namespace is unwell for a reason of its own. */
function besideAnother(place: 'before' | 'after'): Change {
  return {
    name: `unwell-elsewhere-${place}`,
    apply: (given, random) => {
      const { namespaces } = namesOf(given);
      const asked = namespaces.some((one) =>
        new RegExp(`namespace ${one}\\b|\\b${one} namespace|-n ${one}\\b|\\b${one}/`).test(given.question ?? ''),
      );
      if (!asked || given.expected.object?.kind === 'Node' || given.expected.verdict === 'unknown') return undefined;
      const noise = stranger(given, ill(), random);
      if (noise === undefined) return undefined;
      return { ...given, files: place === 'before' ? [...noise, ...given.files] : [...given.files, ...noise] };
    },
  };
}

/** The parts of a transcript, each a prompt's line with what follows; undefined where it is none. */
export function commands(text: string): string[] | undefined {
  const parts = text.split(/^(?=\$ )/m);
  return parts.length > 1 && parts.every((part) => part.startsWith('$ ')) ? parts : undefined;
}

const closed = (part: string) => part.replace(/\n*$/, '\n\n');

/** Commands of which the order says something: what has changed between two runs. */
function ordered(parts: readonly string[]): boolean {
  const heads = parts.map((part) => part.split('\n')[0]);
  return (
    new Set(heads).size < heads.length ||
    heads.some((head) => !/^\$ (?:kubectl|oc|k) (?:get|describe|logs|top)\b/.test(head ?? ''))
  );
}

export const noises: readonly Change[] = [
  merged('before'),
  merged('after'),
  besideAnother('before'),
  besideAnother('after'),
  {
    name: 'doubled-files',
    apply: (given) => ({
      ...given,
      files: [...given.files, ...given.files.map(({ name, text }) => ({ name: `again/${name}`, text }))],
    }),
  },
  {
    name: 'doubled-transcript',
    apply: (given) =>
      given.files.some(({ text }) => commands(text) !== undefined)
        ? {
            ...given,
            files: given.files.map(({ name, text }) => {
              const parts = commands(text);
              return { name, text: parts === undefined ? text : [...parts, ...parts].map(closed).join('') };
            }),
          }
        : undefined,
  },
  {
    name: 'shuffled-files',
    apply: (given, random) => (given.files.length < 2 ? undefined : { ...given, files: random.shuffled(given.files) }),
  },
  {
    name: 'shuffled-commands',
    apply: (given, random) => {
      const files = given.files.map(({ name, text }) => {
        const parts = commands(text);
        return {
          name,
          text: parts === undefined || ordered(parts) ? text : random.shuffled(parts).map(closed).join(''),
        };
      });
      return files.every(({ text }, index) => text === given.files[index]?.text) ? undefined : { ...given, files };
    },
  },
  {
    name: 'one-file-a-command',
    apply: (given) => {
      const files = given.files.flatMap(({ name, text }) => {
        const parts = commands(text);
        return parts === undefined || ordered(parts)
          ? [{ name, text }]
          : parts.map((part, index) => ({ name: `${index + 10}-${name}`, text: part }));
      });
      return files.length === given.files.length ? undefined : { ...given, files };
    },
  },
  {
    name: 'one-transcript',
    apply: (given) => {
      const joined = given.files.map(({ name, text }) => {
        if (/^\S{0,60}[$#>] |^PS |^```|^[=#+-]{2,} /m.test(text)) return undefined;
        const head = (key: string) => new RegExp(`^${key}:\\s+(\\S+)`, 'm').exec(text)?.[1];
        const where = given.files
          .map((file) => /^(?:Namespace:|\s+namespace:)\s+(\S+)/m.exec(file.text)?.[1])
          .find(Boolean);
        const space = where === undefined ? '' : ` -n ${where}`;
        if (/^Name:/.test(text) && /pod/.test(name)) return `$ kubectl describe pod ${head('Name')}${space}\n${text}`;
        if (/^apiVersion:|^---/.test(text)) return `$ cat ${name}\n${text}`;
        if (/\.log$/.test(name) && /-[a-z0-9]{5}\.log$/.test(name))
          return `$ kubectl logs ${name.replace(/\.log$/, '')}${space}\n${text}`;
        return undefined;
      });
      return joined.length < 2 || joined.includes(undefined)
        ? undefined
        : { ...given, files: [{ name: 'session.txt', text: joined.map((part) => closed(part ?? '')).join('') }] };
    },
  },
];
