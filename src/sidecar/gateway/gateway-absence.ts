export interface GatewayAbsenceOptions {
  readonly seconds: number;
  /** The gateway has been away for `seconds`. */
  onTooLong(): void;
}

/**
 * Measures how long the gateway has been away. Without it an agent does not learn that a probe was deleted, so it may keep its probes for
 * a limited time only. The gateway counts as back once it has sent a desired set; an open connection is not enough.
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

  /** The gateway has sent a desired set. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
