/** `npm run package`: makes vm-system.vsix and prints what is in it. */
import path from 'node:path';
import { fail } from '../tools/fail.js';
import { makePackage } from './make-package.js';

async function main(): Promise<void> {
  const { file, size, entries } = await makePackage();
  const bytes = (count: number): string => count.toLocaleString('en').padStart(11);
  console.log(`${'bytes'.padStart(11)} ${'packed'.padStart(11)}  file`);
  for (const entry of entries.toSorted((a, b) => b.size - a.size)) {
    console.log(`${bytes(entry.size)} ${bytes(entry.compressedSize)}  ${entry.name}`);
  }
  console.log(`${path.basename(file)}: ${entries.length} files, ${size.toLocaleString('en')} bytes`);
}

main().catch(fail);
