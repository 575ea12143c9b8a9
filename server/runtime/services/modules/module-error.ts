import { ServiceError } from '../service-error.js';

export type ModuleErrorCode = 'MODULE_NOT_FOUND' | 'MODULE_NOT_ALLOWED' | 'MODULE_NOT_READABLE';

/** An import that cannot be served, as its importer sees it. */
export class ModuleError extends ServiceError {
  declare readonly code: ModuleErrorCode;
}

/**
 * @param request what is asked for, by whom
 * @param why it cannot be had, as the end of a sentence
 */
export function cannotImport(
  code: ModuleErrorCode,
  { specifier, importer, kind }: { specifier: string; importer: string; kind: 'import' | 'require' },
  why: string,
): ModuleError {
  return new ModuleError(code, `Cannot ${kind} ${JSON.stringify(specifier)} from ${importer}: ${why}`);
}
