import type { AgentToGateway, GatewayToAgent } from '../../protocol/gateway-messages.ts';

/** What the fleet needs of a transport. No method may throw, or call the fleet before it returns. */
export interface AgentChannel {
  /** {@link AgentSession.desired} has changed and is to be sent soon. @param isUrgent false when nobody waits for it. Default true. */
  desiredChanged(isUrgent?: boolean): void;
  acknowledge(frame: Extract<GatewayToAgent, { type: 'acknowledged' }>): void;
  /** A newer connection of the same pod has taken over. */
  replaced(): void;
}

/** One connection of one agent, as a transport drives it. */
export interface AgentSession {
  /** @throws {UnexpectedFrame} when the frame may not come now. */
  receive(frame: AgentToGateway): void;
  /** The whole set to send now, or undefined while the operator has not decided yet. Counts as sent. */
  desired(): Extract<GatewayToAgent, { type: 'desired' }> | undefined;
  /** The agent gave a sign of life other than a frame. */
  heard(): void;
  /** The connection is open, and the agent has not answered for a while. */
  silent(): void;
  /** The connection has ended. */
  end(): void;
}

/** A well-formed frame that is not allowed at this point. */
export class UnexpectedFrame extends Error {}
