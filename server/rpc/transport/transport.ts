/** A way for messages to come and go, whatever carries them. */

/** Something arrived that is not a message. */
export type TransportProblem =
  /** A broken header, or a body that is not UTF-8 JSON. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** Over the size limit, in bytes; `id` where one was found in it. */
  | { readonly kind: 'oversized'; readonly bytes: number; readonly id: unknown };

/** Who takes what arrives. */
export interface TransportSink {
  /** One JSON text, parsed and not looked at. */
  message(value: unknown): void;
  problem(problem: TransportProblem): void;
  /**
   * Nothing more will come or go. Told once.
   *
   * @param reason why, as the end of "the connection ended: …"
   */
  ended(reason: string): void;
}

export interface Transport {
  /** Starts delivering. Called once. */
  listen(sink: TransportSink): void;
  /**
   * Sends a message, after all those before it. Does nothing once the transport ended.
   *
   * @throws RangeError or TypeError when the message cannot be written as JSON
   */
  send(message: object): void;
  /** The client reads more slowly than we write, by more than the limit. */
  readonly congested: boolean;
  /** Tells each time that a congestion is over. */
  onDrain(listener: () => void): void;
  /** Stops delivering, waits a moment for what is unsent, and lets go of the streams. Idempotent. */
  close(): Promise<void>;
}
