/** The smallest manifests that are right, for tests that make them wrong. */

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: Record<string, unknown>;
}

const target = { selector: { matchLabels: { app: 'orders' } } };
const location = { file: 'src/orders.ts', line: 42 };

export function dynamicLog(spec: Record<string, unknown> = {}, name = 'log'): Manifest {
  return {
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'DynamicLog',
    metadata: { name },
    spec: { target, location, message: 'order {order.id}', ...spec },
  };
}

export function snapshot(spec: Record<string, unknown> = {}, name = 'snap'): Manifest {
  return {
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'Snapshot',
    metadata: { name },
    spec: { target, location, ...spec },
  };
}
