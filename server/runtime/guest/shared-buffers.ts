/** What of `SharedArrayBuffer` is missing here. */
import { deleteOwn, prototypes } from './intrinsics.js';

/** Takes `grow` away: the engine writes behind its own memory when a shared buffer grows. */
export function withoutGrowth(): void {
  deleteOwn(prototypes.sharedArrayBuffer, 'grow');
}
