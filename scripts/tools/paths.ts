/** Where the scripts find and put things. Everything below the cache can be deleted at any time. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The ignored folder of what the scripts install and write. */
export const cache = path.join(repository, '.vscode-test');

export const packageFile = path.join(repository, 'vm-system.vsix');
