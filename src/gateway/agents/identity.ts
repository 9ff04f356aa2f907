/** The pod that an agent speaks for, according to the API server's review of its token, never to a frame. */
export interface PodIdentity {
  readonly namespace: string;
  readonly podName: string;
  readonly podUID: string;
  /** Name of the pod's ServiceAccount. */
  readonly serviceAccount: string;
}
