/** Which editor the tests run in. */
import { browserEditor } from './browser-editor.js';
import { desktopEditor } from './desktop-editor.js';
import type { Editor } from './editor.js';

/**
 * The desktop VS Code that VSCODE_EXECUTABLE_PATH names; else VS Code's server from npm with Chromium, which needs
 * nothing from VS Code's vendor; else a desktop VS Code downloaded from there.
 * @throws AggregateError with the reason of each when none can be had
 */
export async function chooseEditor(): Promise<Editor> {
  const executable = process.env['VSCODE_EXECUTABLE_PATH'];
  if (executable !== undefined && executable !== '') return desktopEditor(executable);

  const reasons: unknown[] = [];
  for (const candidate of [serverInBrowser, desktopEditor]) {
    try {
      return await candidate();
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      reasons.push(error);
    }
  }
  throw new AggregateError(reasons, 'There is no VS Code to run the tests in.');
}

function serverInBrowser(): Promise<Editor> {
  // Its paths are POSIX paths.
  if (process.platform === 'win32') {
    return Promise.reject(new Error("VS Code's server from npm does not run on Windows."));
  }
  return browserEditor();
}
