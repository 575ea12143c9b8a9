/** A kept state that cannot be used: damaged, not of our own making, or of another build. The message says which. */
export class ImageRefused extends Error {
  override readonly name = 'ImageRefused';
}
