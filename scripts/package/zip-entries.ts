/** Lists what a zip file holds, from its central directory. */

export interface ZipEntry {
  /** Path inside the archive, with `/`. */
  readonly name: string;
  /** Bytes before compression. */
  readonly size: number;
  /** Bytes in the archive. */
  readonly compressedSize: number;
}

const endSignature = 0x06054b50;
const endLength = 22;
const longestComment = 0xffff;
const entrySignature = 0x02014b50;
const entryLength = 46;

/**
 * @param archive the whole file; without the 64-bit extensions, which an archive needs from 4 GB or 65,535 files on
 * @throws Error when it is no zip file
 */
export function zipEntries(archive: Buffer): ZipEntry[] {
  const end = endOfCentralDirectory(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index++) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('The zip file is damaged.');
    const nameLength = archive.readUInt16LE(at + 28);
    const extraLength = archive.readUInt16LE(at + 30);
    const commentLength = archive.readUInt16LE(at + 32);
    entries.push({
      name: archive.toString('utf8', at + entryLength, at + entryLength + nameLength),
      compressedSize: archive.readUInt32LE(at + 20),
      size: archive.readUInt32LE(at + 24),
    });
    at += entryLength + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** It is the last record, followed only by a comment of unknown length. */
function endOfCentralDirectory(archive: Buffer): number {
  const first = Math.max(0, archive.length - endLength - longestComment);
  for (let at = archive.length - endLength; at >= first; at--) {
    if (archive.readUInt32LE(at) === endSignature) return at;
  }
  throw new Error('This is no zip file.');
}
