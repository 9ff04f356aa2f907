/** A kubeconfig that is missing, unreadable, or names a context that it does not have. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}
