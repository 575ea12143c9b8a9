/**
 * Makes an extension whose only content is the tests. The product is installed from its package beside it, so that
 * what is tested is what a user gets.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { cache, repository } from '../tools/paths.js';
import type { PlannedScenario } from './scenarios.js';

export interface SuiteBundle {
  /** The extension's folder. */
  readonly extension: string;
  /** The module that exports `run`. */
  readonly tests: string;
}

/** Below the repository, so that mocha and others are found in its node_modules. */
const extension = path.join(cache, 'suite');

/** Writes the extension without any suite. */
export async function writeSuiteExtension(): Promise<void> {
  await rm(extension, { recursive: true, force: true });
  await mkdir(extension, { recursive: true });
  const manifest = {
    name: 'vm-system-tests',
    publisher: 'vm-system',
    version: '0.0.0',
    private: true,
    engines: { vscode: '*' },
    // In the extension host that runs the product, on the machine that has the workspace.
    extensionKind: ['workspace'],
    capabilities: { untrustedWorkspaces: { supported: true } },
  };
  await writeFile(path.join(extension, 'package.json'), JSON.stringify(manifest, null, 2));
}

/** Bundles the tests of one scenario into one CommonJS module, which is what VS Code loads. */
export async function bundleSuite({ scenario, testFiles }: PlannedScenario): Promise<SuiteBundle> {
  const tests = path.join(extension, `${scenario.name}.cjs`);
  const files = testFiles.map((file) => {
    const title = JSON.stringify(path.relative(repository, file));
    return `${title}: () => import(${JSON.stringify(file)}),`;
  });
  await esbuild.build({
    stdin: {
      contents: [
        "import { runSuite } from './index.ts';",
        `export const run = () => runSuite({ ${files.join('\n')} });`,
      ].join('\n'),
      resolveDir: path.join(repository, 'test', 'editor', 'suite'),
      loader: 'ts',
    },
    outfile: tests,
    bundle: true,
    packages: 'external',
    external: ['vscode'],
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  return { extension, tests };
}
