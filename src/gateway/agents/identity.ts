/** Who speaks on a connection, as the API server says of the token; never as a frame says. */
export interface PodIdentity {
  readonly namespace: string;
  readonly podName: string;
  readonly podUID: string;
  /** Name of the pod's ServiceAccount. */
  readonly serviceAccount: string;
}
