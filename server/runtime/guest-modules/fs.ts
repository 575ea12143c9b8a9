/** The `fs` module: files and folders of the worktree, under the names that Node gives its own. */
import * as promises from './fs/promises.js';
import * as sync from './fs/sync.js';

export * from './fs/promises.js';
export * from './fs/sync.js';
export { promises };
export default { ...sync, ...promises, promises: { ...promises } };
