/** The pod that an agent speaks for, according to its credential, never to a frame. */
export interface PodIdentity {
  readonly namespace: string;
  readonly podName: string;
  readonly podUID: string;
  /** Name of the ephemeral container of an agent that was attached to the running pod; undefined for an injected one. */
  readonly containerName?: string;
}

/** An agent in an ephemeral container, which has no token of a ServiceAccount. */
export interface AttachedIdentity extends PodIdentity {
  readonly containerName: string;
}

export function isAttached(identity: PodIdentity): identity is AttachedIdentity {
  return identity.containerName !== undefined;
}
