/** A call that a service refuses or fails, for a reason that guest code may know: an Error with this code there. */
export class ServiceError extends Error {
  override readonly name = 'Error';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
