/** The tests in VS Code's server, with Chromium as its window. */
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { type BrowserWindow, openBrowserWindow } from './browser-window.js';
import { chromiumExecutable } from './chromium.js';
import { type Editor, whenAborted } from './editor.js';
import type { Scenario } from './scenarios.js';
import { makeTestGround } from './test-ground.js';
import { serveTestRequests } from './test-requests.js';
import { installExtension, startVscodeServer, vscodeServerProgram } from './vscode-server.js';

const chromiumOptions = [
  // Without a user of its own, as in a container, it has no sandbox; it shows nothing but our own page.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/**
 * Installs what is missing and starts the browser.
 * @throws Error that says what could not be had
 */
export async function browserEditor(): Promise<Editor> {
  const executablePath = await chromiumExecutable();
  const program = await vscodeServerProgram();
  const browser = await chromium.launch({
    executablePath,
    args: chromiumOptions,
    // Signals end the run, which closes the browser; by itself it would end us before the server is stopped.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  return {
    description: `VS Code ${program.version} (server from npm) in Chromium ${browser.version()}`,
    async run({ scenario, suite, package: file, onOutput, signal }) {
      const ground = await makeTestGround(scenario);
      try {
        await installExtension(program, file, ground);
        const server = await startVscodeServer(program, ground, { trust: scenario.trust, onOutput });
        try {
          const window = await openBrowserWindow(browser);
          const requests = await serveTestRequests(ground.requestSocket, (name) => window.takePicture(name));
          try {
            const code = await Promise.race([
              window.runTests(server.authority, suite, ground.opened, onOutput),
              server.failed,
              whenAborted(signal),
            ]);
            return code === 0;
          } catch (error) {
            await pictureOfEnd(window, scenario);
            throw error;
          } finally {
            await requests.close();
            await window.close();
          }
        } finally {
          await server.stop();
        }
      } finally {
        await ground.dispose();
      }
    },
    dispose: () => browser.close(),
  };
}

/** Shows where a run was when it came to no result; that there is no picture must not hide why. */
async function pictureOfEnd(window: BrowserWindow, { name }: Scenario): Promise<void> {
  const tooLate = delay(5_000, undefined, { ref: false });
  await Promise.race([window.takePicture(`stopped-${name}`), tooLate]).catch((error: unknown) => {
    console.error(`No picture of the end: ${String(error)}`);
  });
}
