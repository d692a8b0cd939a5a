import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployExplanationHere } from '../../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../../src/model/predictor.ts';
import { runInProcess } from '../../../../src/runs/in-process.ts';
import type { RunRecord } from '../../../../src/runs/run.ts';
import type { TestRepository } from '../../../helpers/repository.ts';

const FAULTS = join(import.meta.dirname, '../../../faults');

/** The evidence of a fault of the catalogue, in one of its forms. */
export function evidenceOf(fault: string, form = 'text'): { name: string; text: string }[] {
  const folder = join(FAULTS, fault, form);
  return readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

export async function recordOf(
  evidence: readonly { name: string; text: string }[],
  repo: { path: string; good?: string; bad?: string },
): Promise<RunRecord> {
  return runInProcess(deployExplanationHere, { evidence, repo }, { predictor: noModel() });
}

export async function explained(
  evidence: readonly { name: string; text: string }[],
  repo: { path: string; good?: string; bad?: string },
): Promise<Explanation> {
  const { run } = await recordOf(evidence, repo);
  if (run.error !== undefined) throw new Error(`${run.error.code}: ${run.error.message}`);
  return run.output as Explanation;
}

/** Applies the patch of an answer in the working tree and gives what differs from a revision, as `git diff --numstat` does. */
export function afterPatch(repo: TestRepository, answer: Explanation, from: string): string {
  const patch = answer.remedies.find((remedy) => remedy.patch !== undefined)?.patch;
  if (patch === undefined) throw new Error('the answer has no patch');
  execFileSync('git', ['apply', '-'], { cwd: repo.path, input: patch });
  return repo.git('diff', '--numstat', from);
}

/** A Deployment with everything that the cases change; `with` replaces texts in it. */
export function deployment(namespace: string, name: string, replaced: Readonly<Record<string, string>> = {}): string {
  let text = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      nodeSelector:
        disktype: ssd
      containers:
        - name: app
          image: registry.example.com/shop/${name}:1.4.1
          command: ["/bin/worker"]
          ports:
            - containerPort: 8080
          env:
            - name: LOG_LEVEL
              value: info
            - name: PAYMENT_GATEWAY_URL
              value: https://pay.example.com
            - name: STORE_ADDRESS
              value: store:6380
          envFrom:
            - configMapRef:
                name: ${name}-settings
          resources:
            requests:
              memory: 256Mi
            limits:
              memory: 512Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
          livenessProbe:
            httpGet:
              path: /healthz
              port: 8080
`;
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`there is no ${from}`);
    text = text.replace(from, to);
  }
  return text;
}

export function service(namespace: string, name: string, app = name, targetPort = 8080): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app: ${app}
  ports:
    - name: http
      port: 80
      targetPort: ${targetPort}
`;
}
