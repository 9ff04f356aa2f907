import type { AttachState } from './decide.ts';

/** What probes are told of a pod that was not injected. */
export type AttachView =
  /** No agent may be added. */
  | { readonly isPermitted: false; readonly why: string }
  | {
      readonly isPermitted: true;
      /** The container that an agent is to enter; undefined when it could be several. */
      readonly container: string | undefined;
      /** The container that the pod's agent has entered, or will. */
      readonly entered: string | undefined;
      readonly state: AttachState;
    };
