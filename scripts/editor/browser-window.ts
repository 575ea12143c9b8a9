/** One window of VS Code in a browser. */
import path from 'node:path';
import { format } from 'node:util';
import type { Browser } from 'playwright-core';
import { cache } from '../tools/paths.js';
import type { SuiteBundle } from './suite-bundle.js';
import type { TestGround } from './test-ground.js';

export interface BrowserWindow {
  /** Opens the window, which starts the tests, and gives the exit code of their run. */
  runTests(
    authority: string,
    suite: SuiteBundle,
    opened: TestGround['opened'],
    onOutput: (text: string) => void,
  ): Promise<number>;
  /** Takes a picture of it when it has come to rest. @returns the file */
  takePicture(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Below it the pictures are, from the last run only. */
export const pictureFolder = path.join(cache, 'screenshots');

/**
 * Runs in the page, which is why it is text: settles after 250 ms without a change in the document, or after 3 s,
 * because a progress bar never rests.
 */
const untilAtRest = `new Promise((resolve) => {
  let quiet = setTimeout(done, 250);
  const most = setTimeout(done, 3000);
  const observer = new MutationObserver(() => {
    clearTimeout(quiet);
    quiet = setTimeout(done, 250);
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  function done() {
    observer.disconnect();
    clearTimeout(quiet);
    clearTimeout(most);
    resolve();
  }
})`;

export async function openBrowserWindow(browser: Browser): Promise<BrowserWindow> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  return {
    async runTests(authority, suite, opened, onOutput) {
      let onExit: (code: number) => void = () => undefined;
      const ended = new Promise<number>((resolve, reject) => {
        onExit = resolve;
        page.once('crash', () => reject(new Error('The page of VS Code crashed.')));
        page.once('close', () => reject(new Error('The page of VS Code was closed.')));
      });
      // It is closed in the end, and then nobody waits for it.
      ended.catch(() => undefined);
      // Both must be there before the page loads. The first gets all that the extension host writes to its console and
      // that VS Code logs, each as a format and its arguments.
      await page.exposeFunction('codeAutomationLog', (_level: string, args: unknown[]) => {
        onOutput(`${format(...args)}\n`);
      });
      await page.exposeFunction('codeAutomationExit', (code: number) => onExit(code));

      const remote = (file: string): string => `vscode-remote://${authority}${file}`;
      const payload = [
        ['extensionDevelopmentPath', remote(suite.extension)],
        ['extensionTestsPath', remote(suite.tests)],
        ['skipWelcome', 'true'],
      ];
      const query = new URLSearchParams({
        ...(opened === undefined ? { ew: 'true' } : { [opened.kind]: opened.path }),
        payload: JSON.stringify(payload),
      });
      const [code] = await Promise.all([ended, page.goto(`http://${authority}/?${query.toString()}`)]);
      return code;
    },
    async takePicture(name) {
      await page.evaluate(untilAtRest);
      const file = path.join(pictureFolder, `${name}.png`);
      await page.screenshot({ path: file, animations: 'disabled' });
      return file;
    },
    close: () => page.close(),
  };
}
