import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory with these files, that is gone after the test. */
export async function directoryOf(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'policies-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, dirname(name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

/** A policy of the cluster. @param spec as YAML in one line. */
export function clusterPolicyYaml(name: string, spec: string): string {
  return `apiVersion: davylamp.dev/v1alpha1\nkind: ClusterInstrumentationPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

export function policyYaml(name: string, spec: string, namespace = 'shop'): string {
  return `apiVersion: davylamp.dev/v1alpha1\nkind: InstrumentationPolicy\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`;
}

/** Who is of the group may do this with the policy of the cluster. */
export function grantYaml(verb: 'use' | 'approve', policy: string, group: string, namespace?: string): string {
  const name = `${verb}-${policy}-${group}`;
  const api = 'apiVersion: rbac.authorization.k8s.io/v1';
  const rule = `{apiGroups: [davylamp.dev], resources: [clusterinstrumentationpolicies], verbs: [${verb}], resourceNames: [${policy}]}`;
  const role = `${api}\nkind: ClusterRole\nmetadata: {name: ${name}}\nrules: [${rule}]\n`;
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const where = namespace === undefined ? '' : `, namespace: ${namespace}`;
  const subject = `subjects: [{kind: Group, name: ${group}, apiGroup: rbac.authorization.k8s.io}]`;
  const roleRef = `roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${name}}`;
  return `${role}---\n${api}\nkind: ${kind}\nmetadata: {name: ${name}${where}}\n${subject}\n${roleRef}\n`;
}

/** A probe in the namespace shop. @param more members of its spec, as YAML lines without indentation. */
export function probeYaml(more: readonly string[] = [], kind: 'DynamicLog' | 'Snapshot' = 'DynamicLog'): string {
  const lines = [
    'apiVersion: davylamp.dev/v1alpha1',
    `kind: ${kind}`,
    'metadata:',
    '  name: orders',
    '  namespace: shop',
    'spec:',
    '  target: {selector: {matchLabels: {app: orders}}}',
    '  location: {file: src/orders.ts, line: 42}',
    ...(kind === 'DynamicLog' ? ['  message: order'] : []),
    ...more.map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}
