/**
 * Beginning of the message of a probe that is sampled or out of the code because all probes of its process together cost too much. The
 * operator recognizes the message by it.
 */
export const OVER_PROCESS_BUDGET = 'the probes of this process together cost more than their CPU budget';
