import { recordLibraries } from './catalog.mjs';

await recordLibraries();
