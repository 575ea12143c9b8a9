import { requireSameRequest } from './request-digest.js';

/** Requests that chose their id, until they have their answer: sent again, a request gets the answer of the first. */
export class RequestsInFlight<T> {
  readonly #open = new Map<string, { readonly digest: string; readonly answer: Promise<T> }>();

  /**
   * @param id that the request chose
   * @param digest of the request
   * @param run answers it; called only when no request with this id is under way
   * @throws `DUPLICATE`: another request with this id is under way
   */
  once(id: string, digest: string, run: () => Promise<T>): Promise<T> {
    const open = this.#open.get(id);
    if (open !== undefined) {
      requireSameRequest(id, digest, open.digest);
      return open.answer;
    }
    const answer = run().finally(() => this.#open.delete(id));
    this.#open.set(id, { digest, answer });
    return answer;
  }
}
