export interface GatewayAbsenceOptions {
  readonly seconds: number;
  /** The gateway has been away for so long. */
  onTooLong(): void;
}

/**
 * Watches how long the gateway has been away. Without it nobody can say that a probe was deleted, so what an agent holds is good for
 * a while only. The gateway is back when it has said what is desired; a connection on which it never does is not enough.
 */
export class GatewayAbsence {
  readonly #options: GatewayAbsenceOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GatewayAbsenceOptions) {
    this.#options = options;
  }

  /** The connection ended; every failed dial afterwards belongs to the same absence. */
  begin(): void {
    this.#timer ??= setTimeout(() => this.#options.onTooLong(), this.#options.seconds * 1000);
  }

  /** The gateway has said what is desired. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
