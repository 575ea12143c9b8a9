/**
 * Tools from npm that are needed now and then and are too large to be dependencies. Each has a folder of its own in
 * the cache and is installed once; install scripts do not run, so no compiler and no other download is needed.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { npm } from './command.js';
import { cache } from './paths.js';

export interface Tool {
  /** Name on npm. */
  readonly name: string;
  /** Exact version. */
  readonly version: string;
  /** Folders inside the package that have dependencies of their own; '.' is the package itself. */
  readonly dependencyFolders?: readonly string[];
}

/**
 * Installs the tool unless this version is there already.
 * @returns the folder of the package
 * @throws Error that says what could not be had and why
 */
export async function installedTool({ name, version, dependencyFolders = [] }: Tool): Promise<string> {
  const folder = path.join(cache, 'tools', name.replace('/', '-'));
  const packageFolder = path.join(folder, 'node_modules', ...name.split('/'));
  // Written last, so that an installation that was cut off is done again.
  const marker = path.join(folder, 'installed');
  const wanted = `${name}@${version}`;
  if ((await textOf(marker)) === wanted) return packageFolder;

  console.log(`Installing ${wanted} into ${path.relative(process.cwd(), folder)} …`);
  await fs.rm(folder, { recursive: true, force: true });
  await fs.mkdir(folder, { recursive: true });
  // A package of its own, or npm would look for one further up and change that.
  await fs.writeFile(path.join(folder, 'package.json'), '{ "private": true }\n');
  const install = [
    'install',
    '--ignore-scripts',
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  try {
    await npm([...install, wanted], { cwd: folder });
    for (const inner of dependencyFolders) await npm(install, { cwd: path.join(packageFolder, inner) });
  } catch (error) {
    throw new Error(`${wanted} could not be installed from npm.`, { cause: error });
  }
  await fs.writeFile(marker, wanted);
  return packageFolder;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
