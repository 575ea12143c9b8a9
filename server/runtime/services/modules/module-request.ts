/** What a session's thread asks for, and what it gets. */
import type { SourceFile } from '../../../core/ports.js';
import type { HostCallError } from '../../messages.js';
import type { TypeScriptOrigin } from '../../stripped-text.js';

/** Most modules of one call. */
export const maxRequests = 256;

/** What an `import` or a `require` asks for. */
export interface ModuleRequest {
  /** As written in the source. */
  readonly specifier: string;
  /** Worktree-relative folder of the importer; '' is the worktree itself. */
  readonly folder: string;
  /** The importer's name for people. */
  readonly importer: string;
  /** Packages may offer another file to each. */
  readonly kind: 'import' | 'require';
}

export interface ModuleRequests {
  /** Grows with every entry into guest code: all that one entry imports sees the same state of the disk. */
  readonly turn: number;
  /** At most {@link maxRequests}. */
  readonly requests: readonly ModuleRequest[];
}

/** What the nearest package.json says that `.js` files are. */
export type PackageType = 'module' | 'commonjs';

export interface ModuleSource extends SourceFile {
  /** Of the file's own text: tells whether it changed. */
  readonly hash: string;
  /** Of JavaScript that was TypeScript. */
  readonly typescript?: TypeScriptOrigin | undefined;
  readonly packageType?: PackageType | undefined;
}

/** How a request ended. */
export type ModuleAnswer = { readonly source: ModuleSource } | { readonly error: HostCallError };
