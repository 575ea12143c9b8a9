import assert from 'node:assert/strict';
import { zipEntries } from '../../../scripts/package/zip-entries.js';

/** Made by Python's zipfile: one file stored, one deflated, and a comment after the central directory. */
const archive = Buffer.from(
  'UEsDBBQAAAAAAAAAIVxDv6ajAgAAAAIAAAAWAAAAZXh0ZW5zaW9uL3BhY2thZ2UuanNvbnt9UEsDBBQAAAgIAAAAIVwD2jia' +
    'CwAAAOgDAAAVAAAAZXh0ZW5zaW9uL2dyw7bDn2UudHh0S0wcBaNgFAx3AABQSwECFAMUAAAAAAAAACFcQ7+mowIAAAACAAAA' +
    'FgAAAAAAAAAAAAAAgAEAAAAAZXh0ZW5zaW9uL3BhY2thZ2UuanNvblBLAQIUAxQAAAgIAAAAIVwD2jiaCwAAAOgDAAAVAAAA' +
    'AAAAAAAAAACAATYAAABleHRlbnNpb24vZ3LDtsOfZS50eHRQSwUGAAAAAAIAAgCHAAAAdAAAABkAYSBjb21tZW50IHdpdGgg' +
    'UEsFBiBpbiBpdA==',
  'base64',
);

describe('the list of a zip file', () => {
  it('has every file with its sizes', () => {
    assert.deepEqual(zipEntries(archive), [
      { name: 'extension/package.json', size: 2, compressedSize: 2 },
      { name: 'extension/größe.txt', size: 1000, compressedSize: 11 },
    ]);
  });

  it('is refused for what is no zip file, or only a part of one', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('no zip file at all'), archive.subarray(0, 60)]) {
      assert.throws(() => zipEntries(bytes), /zip file/);
    }
  });
});
