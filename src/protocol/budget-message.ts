/** How the message of a probe begins that is out of the code, or sampled, for what all probes of its process cost. The operator reads it. */
export const OVER_PROCESS_BUDGET = 'the probes of this process together cost more than their CPU budget';
