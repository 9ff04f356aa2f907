import type { AgentToGateway, GatewayToAgent } from '../../protocol/gateway-messages.ts';

/** What the fleet asks of a transport. None of it may throw or call back into the fleet at once. */
export interface AgentChannel {
  /** {@link AgentSession.desired} has changed and is to be sent soon. */
  desiredChanged(): void;
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
  /** The connection stands, and the agent has not answered for a while. */
  silent(): void;
  /** The connection has ended. */
  end(): void;
}

/** A frame that is well formed and may not come at this point. */
export class UnexpectedFrame extends Error {}
