/**
 * The ids of requests that wait for an answer. Clients choose strings and numbers, of which 7 and "7" are two; the
 * library behind the gate tells them apart by text only, so it gets integers of ours.
 */

export type ClientId = string | number;

/** The id of a request as JSON-RPC and LSP allow it, or undefined. */
export function asClientId(value: unknown): ClientId | undefined {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

export class ClientIds {
  readonly #ours = new Map<ClientId, number>();
  readonly #theirs = new Map<number, ClientId>();
  #last = 0;

  /**
   * Registers a request.
   *
   * @returns our id for it, or undefined when a request with its id still waits
   */
  open(id: ClientId): number | undefined {
    if (this.#ours.has(id)) return undefined;
    this.#last += 1;
    this.#ours.set(id, this.#last);
    this.#theirs.set(this.#last, id);
    return this.#last;
  }

  /** Our id of a waiting request. */
  find(id: ClientId): number | undefined {
    return this.#ours.get(id);
  }

  /**
   * Its answer goes out.
   *
   * @returns the client's id, or undefined when it was answered already
   */
  close(ours: number): ClientId | undefined {
    const id = this.#theirs.get(ours);
    if (id === undefined) return undefined;
    this.#theirs.delete(ours);
    this.#ours.delete(id);
    return id;
  }
}
