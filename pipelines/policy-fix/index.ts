import { type ClusterSource, notAmong } from '../../src/config.ts';
import { OpslineError } from '../../src/errors.ts';
import { unifiedDiff } from '../../src/manifest/diff.ts';
import { TextEditor } from '../../src/manifest/edit.ts';
import { parsePointer } from '../../src/manifest/patch.ts';
import { someApplies } from '../../src/policy/applies.ts';
import { judgesAny } from '../../src/policy/judging.ts';
import { unjudgedRules } from '../../src/policy/kyverno-rules.ts';
import { unknownNamespaces } from '../../src/policy/namespaces.ts';
import { identity, type KubeObject, type Violation } from '../../src/policy/violation.ts';
import { definePipeline, type Pipeline, type Step } from '../../src/runs/pipeline.ts';
import { allowanceFor } from './allowance.ts';
import { asker, type Invalid } from './ask.ts';
import { lookBehind } from './behind.ts';
import { brokenPolicies, type Engines, headOf, soundPart, withProblems } from './broken.ts';
import { notesOnNumbers } from './cel/integers.ts';
import { forPrograms } from './conceal.ts';
import { findDecisions, type OpenDecision } from './decide.ts';
import { reproduced } from './denial.ts';
import { searchByModel } from './draft.ts';
import { afterMerge, explainEdits } from './explain.ts';
import { clusterOpener, type FindCluster, inspectPolicies, noticing, type OpenCluster, problemsOf } from './judge.ts';
import { readMutations } from './mutations.ts';
import { type DiffOf, hiddenNote, outcomeOf, violationsOf, worst, writeDecision } from './outcome.ts';
import { probe } from './probe.ts';
import { patchesOf, placerOn, wantedOf } from './publish.ts';
import { plural } from './render.ts';
import { FixRequest, FixResult, type GitSource } from './schema.ts';
import { schemaReport } from './schema-report.ts';
import { type Progress, searchByRules } from './search.ts';
import { fieldFinder } from './sources/find.ts';
import { type GitFiles, readGitFiles } from './sources/git.ts';
import type { Placer } from './sources/place.ts';
import { keyOf, tally } from './tally.ts';
import { type Verified, verify } from './verify.ts';
import { reasonFor } from './why.ts';
import {
  fileOfPolicy,
  openWorkspace,
  type PolicyDocument,
  type Resource,
  type Workspace,
  withJudge,
} from './workspace.ts';

async function run(request: FixRequest, step: Step, find: FindCluster): Promise<FixResult> {
  const fetched = request.git && (await step.read('git', request.git, readGitFiles));
  const whole = fetched ? withFiles(request, fetched) : request;
  // A step keeps what it gives: the texts are there already.
  const given: Workspace = {
    ...(await step.do('parse', () => {
      const { files: _texts, ...read } = openWorkspace(whole);
      return read;
    })),
    files: whole.manifests,
  };
  const files = [...whole.manifests, ...request.policies];
  step.progress({
    message: `loading ${plural(given.policies.length, 'policy', 'policies')}, judging ${plural(given.resources.length, 'object')}`,
    fraction: 0.05,
  });
  const openCluster = clusterOpener(request, find);
  const all = asker(given, step, openCluster);
  // Side by side: most policies are sound. What broken ones say of the objects counts for nothing, an engine's failure neither.
  const objects = given.resources.map(({ object }) => object);
  const loaded = given.policies.map(({ json }) => json);
  const question = { policies: loaded, noticing: noticing(objects, loaded) };
  const [inspected, first] = await Promise.allSettled([
    step.read('engine-policies', question, (own, signal) => inspectPolicies(own, openCluster, signal)),
    all.given(),
  ]);
  if (inspected.status === 'rejected') throw inspected.reason;
  const { engines, isolated, schemas } = inspected.value;
  const noticed =
    first.status === 'rejected'
      ? await step.read('engine-problems', question, (own, signal) => problemsOf(own.policies, own.noticing, signal))
      : [];
  const problems = [...inspected.value.problems, ...noticed];
  const git = request.git && fetched && revisionOf(request.git, fetched);
  const workspace = problems.length === 0 ? given : soundPart(given, problems);
  const judging = engines.filter(
    ({ name }) => name === 'cluster' || workspace?.policies.some(({ engine }) => engine === name),
  );
  const reported = workspace === undefined ? engines : judging;
  const verifiedBy = (invalid: readonly Invalid[]): Engines => ({
    engine: reported.map(({ name }) => name).join('+'),
    version: reported.map(({ version }) => version).join('+'),
    isolated,
    schema: schemaReport(given, schemas, invalid),
  });
  if (workspace === undefined || given.unreadable.length > 0)
    return forPrograms({ ...brokenPolicies(given, problems, verifiedBy(all.invalid())), ...git }, files);
  // By the engines whose policies are whole: what the others would say of the objects is not known.
  const court = problems.length === 0 ? all : asker(workspace, step, openCluster, 'sound-');
  const [judged] = problems.length === 0 ? [first] : await Promise.allSettled([court.given()]);
  const { ask, invalid } = court;
  const policies = workspace.policies.map(({ json }) => json);

  if (judged.status === 'rejected') throw judged.reason;
  const baseline = judged.value;
  const mutations = await readMutations(
    workspace.resources.filter((_, at) => (baseline[at] ?? []).length > 0).map(({ object }) => object),
    policies,
    step,
  );
  const denied = workspace.resources
    .flatMap(({ object }, resource) => ((baseline[resource] ?? []).length > 0 ? [{ object, resource }] : []))
    .map(({ object, resource }, at): Progress => {
      const violations = baseline[resource] ?? [];
      const mutation = mutations.edits[at] ?? [];
      return { resource, original: object, object, accepted: [], violations, before: tally(violations), mutation };
    });
  const byPolicies = someApplies(policies);
  const applies = (object: KubeObject): boolean => request.cluster !== undefined || byPolicies(object);
  const judges = request.cluster !== undefined || judgesAny(policies);
  const leftOut = unjudgedRules(policies).map(({ note, denies }) => ({
    note: denies ? withJudge(note, request) : note,
    denies,
  }));
  const unplaced = request.cluster === undefined ? unknownNamespaces(policies, objects, workspace.namespaces) : [];
  const notes = [
    ...(judges ? [] : ['nothing was judged: none of the policies can deny anything here']),
    ...(mutations.failed === undefined ? [] : [mutations.failed]),
    ...leftOut.map(({ note }) => note),
    ...notesOnNumbers(policies),
    ...unplaced,
  ];

  step.progress({ message: `looking for edits of ${denied.length} denied objects`, fraction: 0.3 });
  const known = await withClusterPolicies(workspace, denied, step, openCluster);
  const allowance = allowanceFor(known);
  await searchByRules(known, denied, ask, allowance);
  const decided = await findDecisions(
    known,
    denied.filter(({ violations }) => violations.length > 0),
    ask,
  );
  await lookBehind(known, denied, decided, ask, allowance);
  const left = denied
    .map((progress) => ({ progress, covered: decided.get(progress)?.covered ?? new Set<string>() }))
    .filter(({ progress, covered }) => progress.violations.some((violation) => !covered.has(keyOf(violation))));
  if (left.length > 0) step.progress({ message: `asking the model about ${left.length} objects`, fraction: 0.7 });
  const guessed = await searchByModel(known, left, step, ask, keyOf);
  const unguessed = left.flatMap(({ progress }) => (guessed.has(progress) ? [] : [progress]));
  await probe(known, unguessed, decided, ask);

  step.progress({ message: 'verifying the patched files', fraction: 0.9 });
  const final = await verify(workspace, denied, baseline, step, court);
  return step.do('report', () => {
    const said = [...notes, ...court.notes(), ...allowance.notes(), ...hiddenNote(final.verdicts)];
    const unjudged = leftOut.flatMap(({ note, denies }) => (denies ? [note] : []));
    const result = report(
      known,
      baseline,
      denied,
      decided,
      guessed,
      final,
      verifiedBy(invalid()),
      said,
      [...workspace.notJudged, ...unjudged, ...unplaced, ...court.notes()],
      judges,
      applies,
    );
    const { denial } = request;
    const about = denial && { denial: { ...denial, reproduced: reproduced(denial, result.resources) } };
    return forPrograms({ ...withProblems(result, given, problems), ...git, ...about }, files);
  });
}

/**
 * The smallest patch that the real policy engines accept, or an honest question. A request names one of these clusters as a judge,
 * or none.
 */
export function policyFixServing(clusters: ReadonlyMap<string, ClusterSource>): Pipeline<FixRequest, FixResult> {
  return definePipeline<FixRequest, FixResult>({
    name: 'policy-fix',
    version: 4,
    input: FixRequest.refine(({ cluster }) => cluster === undefined || clusters.has(cluster), {
      message: notAmong(clusters),
      path: ['cluster'],
    }),
    output: FixResult,
    timeoutMs: 15 * 60_000,
    run: (request, step) => run(request, step, (name) => clusters.get(name)),
  });
}

/** The pipeline of a service that asks no cluster. */
export const policyFix = policyFixServing(new Map());

/** The same pipeline for a process of the caller's own, which may ask any cluster that `find` knows. */
export function policyFixOn(find: FindCluster): Pipeline<FixRequest, FixResult> {
  return definePipeline<FixRequest, FixResult>({
    ...policyFix,
    input: FixRequest,
    run: (request, step) => run(request, step, find),
  });
}

/** The one that asks none. */
export const policyFixHere = policyFixOn(() => undefined);

/** With the cluster's own policies, for what they say: by them nothing is judged but by the cluster. */
async function withClusterPolicies(
  workspace: Workspace,
  denied: readonly Progress[],
  step: Step,
  openCluster: OpenCluster,
): Promise<Workspace> {
  const byPolicy = denied.some(({ violations }) =>
    violations.some(({ engine, policy }) => engine === 'cluster' && policy.kind === 'ValidatingAdmissionPolicy'),
  );
  if (!byPolicy) return workspace;
  const read = await step.read(
    'cluster-policies',
    {},
    async (_, signal) => (await openCluster())?.policies(signal) ?? [],
  );
  const given = new Set(workspace.policies.map(({ json }) => identity(json)));
  const own = read.filter((json) => !given.has(identity(json)));
  return {
    ...workspace,
    policies: [...workspace.policies, ...own.map((json): PolicyDocument => ({ file: '', engine: 'cluster', json }))],
  };
}

/** The request with what was read of its repository. */
function withFiles(
  request: FixRequest,
  { manifests, policies, notes }: GitFiles,
): FixRequest & { notes: readonly string[] } {
  const names = new Set(request.manifests.map(({ file }) => file));
  const twice = manifests.find(({ file }) => names.has(file));
  if (twice)
    throw new OpslineError('invalid-input', `${twice.file} is among the manifests, and in the repository as well`);
  return {
    ...request,
    manifests: [...request.manifests, ...manifests],
    policies: [...request.policies, ...policies],
    notes,
  };
}

function revisionOf({ url, revision }: GitSource, { commit }: GitFiles): Pick<FixResult, 'git'> {
  return { git: { url, ...(revision === undefined ? {} : { revision }), commit } };
}

function report(
  workspace: Workspace,
  baseline: readonly (readonly Violation[])[],
  denied: readonly Progress[],
  decided: Awaited<ReturnType<typeof findDecisions>>,
  guessed: ReadonlyMap<Progress, readonly OpenDecision[]>,
  { kept, published, verdicts, reasons }: Verified,
  verified: Engines,
  notes: string[],
  notJudged: string[],
  judged: boolean,
  applies: (object: KubeObject) => boolean,
): FixResult {
  let placer: Placer | undefined;
  const find = fieldFinder(workspace.files);
  const editors = new Map<string, TextEditor>();
  const editorOf = (name: string): TextEditor => {
    const editor = editors.get(name) ?? new TextEditor(published.files.find(({ file }) => file === name)?.text ?? '');
    editors.set(name, editor);
    return editor;
  };
  const diffOf =
    (resource: Resource, progress: Progress): DiffOf =>
    (operations) => {
      if (resource.rendered !== undefined) {
        placer ??= placerOn(published.files);
        const trial = placer.fork();
        const { refused } = trial.place([wantedOf(workspace, progress, operations)]);
        const [refusal] = refused;
        if (refusal) return { why: refusal.why };
        const diffs = patchesOf(placer.texts, trial).map(({ diff }) => diff);
        return { diff: diffs.join('') };
      }
      const editor = editorOf(resource.file);
      try {
        return { diff: unifiedDiff(resource.file, editor.text, editor.preview(resource.document, operations)) };
      } catch (error) {
        return { why: error instanceof Error ? error.message : 'the edit failed' };
      }
    };
  const resources = workspace.resources.map((resource, at): FixResult['resources'][number] => {
    const before = baseline[at] ?? [];
    const after = verdicts[at] ?? [];
    const progress = denied.find((entry) => entry.resource === at);
    const base = headOf(resource);
    if (!progress) {
      const outcome = judged ? 'compliant' : 'not-judged';
      const free = judged && !applies(resource.object) ? { applies: false as const } : {};
      return { ...base, outcome, ...free, violations: [], decisions: [], edits: [], patched: [], afterMerge: [] };
    }
    const own = decided.get(progress);
    const guesses = guessed.get(progress) ?? [];
    const guessedAt = guesses.length > 0 ? progress.violations.filter(({ failed }) => !failed).map(keyOf) : [];
    const covered = new Set([...(own?.covered ?? []), ...guessedAt]);
    const written = kept.includes(progress);
    // Choices stand on top of the patch; without it they would mean something else.
    const decisions =
      written || progress.accepted.length === 0
        ? [...(own?.decisions ?? []), ...guesses].map((decision) =>
            writeDecision(decision, resource, progress, diffOf(resource, progress)),
          )
        : [];
    const outcome = reasons.has(at) ? 'cannot-fix' : outcomeOf(before, after, covered);
    const open = after.filter((violation) => !covered.has(keyOf(violation)));
    const reason = reasons.get(at) ?? (outcome === 'cannot-fix' ? reasonFor(workspace, open) : undefined);
    const accepted = written ? progress.accepted : [];
    const places = [
      ...progress.accepted.flatMap(({ edits }) => edits.map(({ path }) => ({ place: path, asked: false }))),
      ...[...(own?.decisions ?? []), ...guesses].map(({ path }) => ({
        place: parsePointer(path).map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
        asked: true,
      })),
    ];
    return {
      ...base,
      outcome,
      violations: violationsOf(workspace, resource, before, after, places, find),
      decisions,
      edits: explainEdits(progress.original, accepted),
      patched: [...(published.touched.find(({ resource: own }) => own === at)?.files ?? [])],
      afterMerge: afterMerge(base.object, progress.original, accepted),
      ...(reason ? { reason } : {}),
    };
  });
  const unjudged = workspace.unjudged.map(({ resource, why }): FixResult['resources'][number] => {
    const nothing = { violations: [], decisions: [], edits: [], patched: [], afterMerge: [] };
    return { ...headOf(resource), outcome: 'not-judged', reason: why, ...nothing };
  });
  // What answers make evaluable is no error of the policy's.
  const unanswered = verdicts.flatMap((verdict, at) => (resources[at]?.outcome === 'needs-decision' ? [] : verdict));
  const failed = unanswered.flatMap(({ failed, policy, message }) => {
    const file = fileOfPolicy(workspace, policy);
    return failed ? [{ ...policy, ...(file ? { file } : {}), message }] : [];
  });
  const count = (all: readonly (readonly Violation[])[]): number => all.reduce((sum, list) => sum + list.length, 0);
  return {
    outcome: worst([...resources, ...unjudged].map(({ outcome }) => outcome)),
    resources: [...resources, ...unjudged],
    patches: published.patches,
    verified: { ...verified, before: count(baseline), after: count(verdicts) },
    notes: [...workspace.notes, ...notes],
    notJudged,
    policyErrors: [...new Map(failed.map((error) => [JSON.stringify(error), error])).values()],
  };
}
