/** The `fs/promises` module. */
import * as promises from './fs/promises.js';

export * from './fs/promises.js';
export default { ...promises };
