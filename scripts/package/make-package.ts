/** Builds the product and makes the .vsix of it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { npm, run } from '../tools/command.js';
import { installedTool } from '../tools/installed-tool.js';
import { toolNode } from '../tools/node.js';
import { packageFile, repository } from '../tools/paths.js';
import { packageFaults } from './content.js';
import { zipEntries, type ZipEntry } from './zip-entries.js';

export interface Package {
  /** The .vsix. */
  readonly file: string;
  /** Its bytes. */
  readonly size: number;
  readonly entries: readonly ZipEntry[];
}

/**
 * Builds and packages, which needs no network but for the first installation of the packager.
 * @throws Error when the build or the packager fails, or when the package is not as it should be
 */
export async function makePackage(): Promise<Package> {
  await npm(['run', 'build'], { cwd: repository });
  await packageBuild();
  const archive = await readFile(packageFile);
  const entries = zipEntries(archive);
  const faults = packageFaults(entries, archive.length);
  if (faults.length > 0) {
    throw new Error([`${path.basename(packageFile)} is not as it should be:`, ...faults].join('\n  '));
  }
  return { file: packageFile, size: archive.length, entries };
}

async function packageBuild(): Promise<void> {
  const vsce = await installedTool({ name: '@vscode/vsce', version: '4.1.0' });
  // Everything is bundled, so there are no dependencies to find. The manifest names no repository that the links of
  // the README could be made absolute with.
  const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  await run(await toolNode(), [path.join(vsce, 'vsce'), 'package', ...options, '--out', packageFile], {
    cwd: repository,
  });
}
