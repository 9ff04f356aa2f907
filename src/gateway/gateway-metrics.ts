/** Label values of the gateway's one counter. */
export const GATEWAY_EVENTS = [
  'connected',
  'disconnected',
  'replaced',
  'redirected',
  'refused',
  'unavailable',
  'bad_frame',
  'too_slow',
  'unresponsive',
] as const;

export type GatewayEvent = (typeof GATEWAY_EVENTS)[number];

export interface GatewayMetrics {
  gatewayEvent(event: GatewayEvent): void;
}
