/** The largest source, in bytes. The engine's parser cannot be stopped, so its work is bounded by this. */
export const maxSourceBytes = 10 * 1024 * 1024;
