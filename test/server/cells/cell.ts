/** A row of the table: what a person types, and what must come of it. */
export interface Cell {
  /** Several are run one after the other in one session; the last one is looked at. */
  readonly cell: string | readonly string[];
  /** Type and preview of the value. */
  readonly value?: readonly [type: string, preview: string];
  /** All that it prints, one line for each call. Default: nothing. */
  readonly prints?: string;
  /** Name and message of the error, and its place in the cell as `line:column`, where it has one. */
  readonly throws?: readonly [name: string, message: string, place?: string];
  /** Where node's REPL gives something else, and why. */
  readonly unlikeNode?: Partial<Readonly<Record<Aspect, string>>>;
}

/** What is compared with node. `ends` stands alone: one gives a value where the other throws. */
export type Aspect = 'ends' | 'value' | 'printed' | 'name' | 'message' | 'place';

/** How a cell ended, here or in node. */
export interface CellOutcome {
  readonly printed: string;
  readonly preview?: string;
  readonly thrown?: {
    /** Node's REPL has none for what is no error. */
    readonly name?: string;
    readonly message: string;
    readonly place?: string | undefined;
  };
}

/** @returns the aspects in which ours is not like node's */
export function differences(ours: CellOutcome, nodes: CellOutcome): Aspect[] {
  if ((ours.thrown === undefined) !== (nodes.thrown === undefined)) return ['ends'];
  const differing: Aspect[] = [];
  if (ours.printed !== nodes.printed) differing.push('printed');
  if (ours.thrown === undefined || nodes.thrown === undefined) {
    return ours.preview === nodes.preview ? differing : [...differing, 'value'];
  }
  if (nodes.thrown.name !== undefined && ours.thrown.name !== nodes.thrown.name) differing.push('name');
  if (ours.thrown.message !== nodes.thrown.message) differing.push('message');
  if (ours.thrown.place !== nodes.thrown.place) differing.push('place');
  return differing;
}

/**
 * Whether the next row must not run in the same session: to make a session, or a REPL, takes longer than all else. Rows
 * that declare and assign nothing leave nothing behind.
 */
export function leavesTraces(cells: readonly string[]): boolean {
  return cells.some((cell) =>
    /\b(let|const|var|class|import|eval|delete|console\.(group|count|time)|function\*? \w)|[^=!<>]=(?![=>])/.test(
      cell,
    ),
  );
}
