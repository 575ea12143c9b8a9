import type { ParamsOf, VmNotification } from '../../shared/protocol.js';

/** Where notifications to one client go. */
export interface Outlet {
  /** Sends at once, in order. Does nothing when the client is gone. */
  send<N extends VmNotification>(notification: N, params: ParamsOf<N>): void;
  /** The client reads more slowly than we write: what can be fetched later should wait. */
  readonly congested: boolean;
  /** Tells each time that a congestion is over. */
  onDrain(listener: () => void): void;
}
