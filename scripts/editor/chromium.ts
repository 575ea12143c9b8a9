/** A Chromium to drive; Debian's is installed when there is none and we may. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../tools/command.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macPaths = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * @returns path of the browser's executable: the one that CHROMIUM_PATH names, else one that is installed
 * @throws Error that says what to install
 */
export async function chromiumExecutable(): Promise<string> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined) return chosen;
  const installed = await find();
  if (installed !== undefined) return installed;

  const missing = 'The editor tests need Chromium, and none was found. ';
  if ((await onPath('apt-get')) === undefined || process.getuid?.() !== 0) {
    throw new Error(
      `${missing}Install it (on Debian: sudo apt-get install chromium), or name it in CHROMIUM_PATH.`,
    );
  }
  console.log('Installing the package chromium …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '--quiet'], { env });
    // The font is for the pictures: without recommended packages there may be none.
    const packages = ['chromium', 'fonts-dejavu-core'];
    await run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env });
  } catch (error) {
    throw new Error(`${missing}Debian's package could not be installed.`, { cause: error });
  }
  const fresh = await find();
  if (fresh === undefined) throw new Error(`${missing}Debian's package brought none either.`);
  return fresh;
}

async function find(): Promise<string | undefined> {
  for (const name of names) {
    const found = await onPath(name);
    if (found !== undefined) return found;
  }
  for (const file of macPaths) if (await isExecutable(file)) return file;
  return undefined;
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (folder !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
