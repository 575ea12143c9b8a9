/** An image's layout as it stands in the database, and the mark that tells that it is from our own hand. */
import { z } from 'zod';
import { type ImageLayout, WrongChunks } from './chunks.js';

const Header = z.strictObject({
  build: z.string(),
  linearBytes: z.int().min(0),
  memoryBytes: z.int().min(0),
  pending: z.int().min(0),
  companionBytes: z.int().min(0),
  /** How many chunks are of linear memory. */
  positions: z.int().min(0),
});

/** Layout: the header as one line of JSON, positions as 32-bit little-endian numbers, hashes. */
export function encodeManifest({ header, positions, hashes }: ImageLayout): Buffer {
  const line = Buffer.from(`${JSON.stringify({ ...header, positions: positions.length })}\n`);
  const numbers = Buffer.alloc(positions.length * 4);
  for (const [index, position] of positions.entries()) numbers.writeUInt32LE(position, index * 4);
  return Buffer.concat([line, numbers, hashes]);
}

/** @param manifest already known to be ours @throws WrongChunks */
export function decodeManifest(manifest: Buffer): ImageLayout {
  const end = manifest.indexOf('\n');
  const { positions: count, ...header } = Header.parse(JSON.parse(manifest.toString('utf8', 0, end)));
  const hashesAt = end + 1 + count * 4;
  const positions = Uint32Array.from({ length: count }, (_, index) =>
    manifest.readUInt32LE(end + 1 + index * 4),
  );
  const hashes = new Uint8Array(manifest.subarray(hashesAt));
  if (hashes.length % 32 !== 0 || hashes.length < count * 32)
    throw new WrongChunks('The list of parts is cut off');
  return { header, positions, hashes };
}

/** Which checkpoint a manifest belongs to. An image that is moved elsewhere is not ours any more. */
export interface ManifestOwner {
  readonly sessionId: string;
  readonly checkpointId: string;
}

/** What the mark of a manifest is over. */
export function manifestParts({ sessionId, checkpointId }: ManifestOwner, manifest: Buffer) {
  return [sessionId, checkpointId, manifest];
}
