/** Runs mocha inside the editor's extension host. */
import type Mocha from 'mocha';
import { print } from './print.js';
import { takePicture } from './screenshot.js';
import { withSourcePositions } from './source-positions.js';

/**
 * @param files each test file's name and how it is loaded
 * @throws Error when a test failed, which is how VS Code is told
 */
export async function runSuite(files: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  const { default: MochaClass } = await import('mocha');
  // Assigning to console.log has no effect in an extension host.
  MochaClass.reporters.Base.consoleLog = print;
  const mocha = new MochaClass({
    ui: 'bdd',
    reporter: 'spec',
    color: process.env['VM_SYSTEM_TEST_COLOR'] !== undefined,
    timeout: 20_000,
    forbidOnly: true,
    forbidPending: true,
    rootHooks: { afterEach: pictureOfFailure },
  });
  const grep = process.env['VM_SYSTEM_TEST_GREP'];
  if (grep !== undefined) mocha.grep(grep);
  for (const [name, load] of Object.entries(files)) {
    // What mocha does around a file that it reads itself: the first gives the file `describe`, `it` and the hooks.
    mocha.suite.emit('pre-require', globalThis, name, mocha);
    mocha.suite.emit('require', await load(), name, mocha);
    mocha.suite.emit('post-require', globalThis, name, mocha);
  }
  let ran = 0;
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('test end', () => ran++);
    runner.on('fail', (_test, error: unknown) => {
      if (error instanceof Error && error.stack !== undefined) error.stack = withSourcePositions(error.stack);
    });
  });
  if (ran === 0 && grep === undefined) throw new Error('No test ran.');
  if (failures > 0) throw new Error(`${failures} of the tests failed.`);
}

async function pictureOfFailure(this: Mocha.Context): Promise<void> {
  const test = this.currentTest;
  if (test?.state !== 'failed') return;
  const name = test
    .fullTitle()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 80);
  // A picture helps to understand the failure; that there is none must not hide it.
  await takePicture(`failed-${name}`).catch((error: unknown) => print(String(error)));
}
