/** A call that a service refuses or fails, for a reason that guest code may know: an Error with this code there. */
export class ServiceError extends Error {
  override readonly name = 'Error';

  /** @param guestName what kind of error guest code sees */
  constructor(
    readonly code: string,
    message: string,
    readonly guestName: 'Error' | 'TypeError' = 'Error',
  ) {
    super(message);
  }
}
