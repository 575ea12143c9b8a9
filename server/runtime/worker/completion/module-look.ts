import type { ModuleAnswer } from '../../services/modules/module-request.js';
import { folderOf } from '../../module-names.js';
import type { Guest } from '../guest.js';

/** A module's text, as far as it matters to a reader. */
export interface SeenModule {
  /** Unique among modules. */
  readonly name: string;
  readonly text: string;
  /** Worktree-relative folder that its own imports start from. */
  readonly folder: string;
}

/** Counts down, so that no entry into guest code has the same number: each look sees the disk as it is. */
let lastLook = 0;

/**
 * Reads a module without loading it.
 *
 * @param folder worktree relative, of the importer
 * @returns undefined when there is no such module, or it may not be imported
 */
export function lookAtModule(guest: Guest, specifier: string, folder: string): SeenModule | undefined {
  const ours = guest.native.find(specifier, '') ?? guest.libraries.find(specifier, '');
  if (ours !== undefined) return { name: ours.identity, text: ours.text, folder: '' };
  if (specifier.startsWith('vm:')) return undefined;
  const requests = [{ specifier, folder, importer: 'a completion', kind: 'import' }];
  const reply = guest.calls.call('readModules', { turn: --lastLook, requests });
  if (!reply?.ok) return undefined;
  const [answer] = reply.value as readonly ModuleAnswer[];
  if (answer === undefined || 'error' in answer) return undefined;
  const { path, text } = answer.source;
  return { name: path, text, folder: folderOf(path) };
}
