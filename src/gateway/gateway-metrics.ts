/** Label values of the gateway's one counter. `reused`: a one-time credential was presented again, and is then `refused` too. */
export const GATEWAY_EVENTS = [
  'connected',
  'disconnected',
  'replaced',
  'redirected',
  'refused',
  'reused',
  'unavailable',
  'bad_frame',
  'too_slow',
  'unresponsive',
] as const;

export type GatewayEvent = (typeof GATEWAY_EVENTS)[number];

export interface GatewayMetrics {
  gatewayEvent(event: GatewayEvent): void;
}
