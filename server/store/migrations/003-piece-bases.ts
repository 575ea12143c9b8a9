/**
 * A piece of an image may be kept as what is different from another one, its base, see images/packing.ts. Whoever has
 * the piece has the base as well, so a base that nobody has takes only pieces along that nobody has.
 */
export const pieceBases = `
ALTER TABLE image_piece ADD COLUMN base_key INTEGER REFERENCES image_piece (key) ON DELETE CASCADE;
CREATE INDEX image_piece_by_base ON image_piece (base_key) WHERE base_key IS NOT NULL;
`;
