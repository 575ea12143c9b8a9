/** What a person can do about a package that is not there. */
import { isBuiltin } from 'node:module';
import type { Settings } from '../../../../shared/models.js';
import { modules } from '../../../core/catalog/index.js';
import { libraries } from '../../../core/catalog/libraries.js';
import { cannotImport, type ModuleError } from './module-error.js';
import type { ModuleRequest } from './module-request.js';

/**
 * @param request for a package that was not found
 * @param why it was not found, as a clause; '' when nobody looked
 */
export function missingPackage(
  request: ModuleRequest,
  { nodeModules }: Settings['resolver'],
  why: string,
): ModuleError {
  const { specifier } = request;
  const name = packageName(specifier);
  const refuse = (reason: string) => cannotImport('MODULE_NOT_ALLOWED', request, reason);
  const bare = specifier.replace(/^node:/, '');
  const ours = modules.find((module) => module.name === bare.split('/')[0]);
  if (ours !== undefined && specifier === bare) {
    return refuse(`grant the module ${ours.name} to the session's template first`);
  }
  if (ours !== undefined)
    return refuse(
      `sessions have no Node; the module ${ours.name} of vm-system is imported as ${JSON.stringify(bare)}, where the template grants it`,
    );
  if (isBuiltin(specifier)) {
    return refuse(
      `it is part of Node, which sessions do not have; there are ${modules.map((module) => module.name).join(', ')}, where the template grants them, and packages that need no Node`,
    );
  }
  if (libraries.some(({ id }) => id === name)) {
    return refuse(
      `add the library ${name} to the session's template, or install the package into the worktree's node_modules`,
    );
  }
  if (specifier.startsWith('vm:')) return refuse('vm-system has no such module');
  if (/^[a-z][a-z\d+.-]*:/i.test(specifier)) {
    return refuse('only files of the worktree can be imported, by file:/// or a path, and no other URLs');
  }
  if (name === undefined)
    return refuse('it is no path (start it with ./, ../ or /) and no name of a package');
  if (!nodeModules) {
    return refuse(
      "it is no path (start it with ./, ../ or /), and the template's resolver does not look into node_modules",
    );
  }
  return cannotImport(
    'MODULE_NOT_FOUND',
    request,
    `${why}. Install the package into the worktree's node_modules; a path starts with ./, ../ or /`,
  );
}

/** `@scope/name` or `name` of a specifier; undefined when it can be no package's. */
export function packageName(specifier: string): string | undefined {
  return /^(?:@[^/\\%:]+\/)?[^@./\\%:][^/\\%:]*(?=\/|$)/.exec(specifier)?.[0];
}
