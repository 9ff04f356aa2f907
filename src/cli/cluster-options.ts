import { KubeClient } from '../kube/client.ts';

/** Options of every command that talks to a cluster. */
export interface ClusterOptions {
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** Runs `work` with a client for the cluster that the options name, and closes it afterwards. */
export async function withClient<T>(options: ClusterOptions, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const { kubeconfig, context } = options;
  const client = KubeClient.fromDefault({ kubeconfig, context, userAgent: 'davylamp-cli' });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
