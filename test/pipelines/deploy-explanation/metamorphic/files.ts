import type { Change, EvidenceText } from './case.ts';

/** Whether a file's name says more than its text does: whose log it is, which run, which command it keeps. */
const speaks = ({ name, text }: EvidenceText) =>
  !/^(?:\$ \S|(?:---\n)?(?:apiVersion|kind): |\{\s*"(?:apiVersion|kind|items)")/.test(text) || /log|prev/.test(name);

function named(name: string, other: (index: number, file: EvidenceText) => string): Change {
  return {
    name,
    apply: (given) => {
      if (given.files.every(speaks)) return undefined;
      const files = given.files.map((file, index) =>
        speaks(file) ? file : { name: other(index, file), text: file.text },
      );
      const clash = new Set(files.map((file) => file.name)).size < files.length;
      return clash || files.every((file, index) => file.name === given.files[index]?.name)
        ? undefined
        : { ...given, files };
    },
  };
}

const closed = (text: string) => text.replace(/\n*$/, '\n');

/** All files as one, each below a heading with its name. Of the same names in two folders only one may be meant. */
function joined(name: string, each: (file: EvidenceText) => string): Change {
  return {
    name,
    apply: (given) =>
      given.files.length < 2 || given.files.some(({ text }) => /^(?:==> |--- |```|#{1,6} |\ufeff)/m.test(text))
        ? undefined
        : { ...given, files: [{ name: 'all.txt', text: given.files.map(each).join('\n') }] },
  };
}

const WORDS = ['out', 'notes', 'paste', 'untitled', 'x', 'a', 'b', 'new', 'misc', 'tmp'];

/** What the files are called that evidence came in, and whether they are one or several. */
export const fileNames: readonly Change[] = [
  named('files-numbered', (index) => `${index + 1}.txt`),
  named('files-as-words', (index) => WORDS[index] ?? `y${index}`),
  named('files-without-ending', (_, { name }) => name.replace(/\.\w+$/, '')),
  named('files-in-a-folder', (_, { name }) => `incident-4711/evidence/${name}`),
  joined('joined-as-tail', ({ name, text }) => `==> ${name} <==\n${closed(text)}`),
  joined('joined-with-dashes', ({ name, text }) => `--- ${name} ---\n${closed(text)}`),
  joined('joined-with-equals', ({ name, text }) => `===== ${name} =====\n${closed(text)}`),
  joined('joined-in-markdown', ({ name, text }) => `## ${name}\n\n\`\`\`\n${closed(text)}\`\`\`\n`),
  joined('joined-in-bold', ({ name, text }) => `**${name}**\n\n\`\`\`\n${closed(text)}\`\`\`\n`),
  joined('joined-in-code', ({ name, text }) => `\`${name}\`:\n\`\`\`\n${closed(text)}\`\`\`\n`),
];
