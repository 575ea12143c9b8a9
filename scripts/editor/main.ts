/**
 * `npm run test:editor`: packages the extension, installs the package in a real VS Code, and runs the tests of
 * test/editor/suite inside it. After `--`:
 *   --grep TEXT         only the tests whose title has the text
 *   --package FILE      tests this .vsix instead of a new one
 *   --deadline SECONDS  for all tests together, from the moment that the editor is there; default 600
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makePackage } from '../package/make-package.js';
import { fail } from '../tools/fail.js';
import { cache } from '../tools/paths.js';
import { pictureFolder } from './browser-window.js';
import { chooseEditor } from './choose-editor.js';
import type { Editor } from './editor.js';
import { RunOutput } from './run-output.js';
import { type PlannedScenario, plannedScenarios } from './scenarios.js';
import { bundleSuite, writeSuiteExtension } from './suite-bundle.js';

const logFolder = path.join(cache, 'logs');

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      grep: { type: 'string' },
      package: { type: 'string' },
      deadline: { type: 'string', default: '600' },
    },
  });
  // The tests run in a grandchild of ours and see our variables.
  if (options.grep !== undefined) process.env['VM_SYSTEM_TEST_GREP'] = options.grep;
  if (process.stdout.isTTY) process.env['VM_SYSTEM_TEST_COLOR'] = 'yes';

  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));
  }

  for (const folder of [pictureFolder, logFolder]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
  const planned = await plannedScenarios();
  const file = options.package === undefined ? (await makePackage()).file : path.resolve(options.package);
  await writeSuiteExtension();

  const editor = await chooseEditor();
  const { size } = await stat(file);
  console.log(`Testing ${path.basename(file)} (${size.toLocaleString('en')} bytes) in ${editor.description}`);
  const tooLate = new Error(`The tests took more than ${options.deadline} seconds.`);
  const deadline = setTimeout(() => stop.abort(tooLate), Number(options.deadline) * 1000);
  try {
    const failed: string[] = [];
    for (const plan of planned) {
      if (!(await runScenario(editor, plan, file, stop.signal))) failed.push(plan.scenario.name);
    }
    if (failed.length > 0) throw new Error(`Tests failed in: ${failed.join(', ')}.`);
  } catch (error) {
    console.error(`Logs and screenshots are in ${path.relative(process.cwd(), cache)}.`);
    throw error;
  } finally {
    clearTimeout(deadline);
    await editor.dispose();
  }
}

/** @returns whether all its tests passed */
async function runScenario(
  editor: Editor,
  plan: PlannedScenario,
  file: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { scenario } = plan;
  const suite = await bundleSuite(plan);
  const output = new RunOutput(path.join(logFolder, `${scenario.name}.log`));
  console.log(`\n${scenario.name}:`);
  const started = performance.now();
  const passed = await editor
    .run({ scenario, suite, package: file, onOutput: (text) => output.write(text), signal })
    .finally(() => output.end());
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${scenario.name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s`);
  return passed;
}

main().catch(fail);
