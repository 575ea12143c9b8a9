/** One page of variables while it is written, as JSON text. */
import type { HostFunction, InspectLimits, VariableCursor } from './contract.js';
import { Inspection } from './inspector.js';
import { includes, quote, slice, toLowerCase, toText } from './intrinsics.js';
import { field, writeAccessor } from './json-text.js';

const itemLimits: InspectLimits = { depth: 3, entries: 20, nodes: 60, string: 1000 };

/** Of keys that a filter has to look at for one page. */
const maxLookedAt = 20_000;
/** A page ends when its text is this long, in UTF-16 units. */
const maxPageLength = 500_000;
/** Of a name, in UTF-16 units. */
const maxSearchedLength = 10_000;

export class Page {
  private items = '';
  private count = 0;
  private next = 'null';
  private lookedAt = 0;
  private readonly filter: string;

  constructor(
    filter: string,
    private readonly limit: number,
    readonly host: HostFunction,
  ) {
    this.filter = toLowerCase(filter);
  }

  /** Whether it may look further. If not, the next page begins at this cursor. */
  mayLook(part: VariableCursor[0], at: number | string): boolean {
    const isOver = this.items.length > maxPageLength || this.lookedAt >= maxLookedAt;
    if (isOver) this.endAt(part, at);
    return !isOver;
  }

  /** Whether there is room for another item. If not, the next page begins at this cursor. */
  hasRoom(part: VariableCursor[0], at: number | string): boolean {
    const isFull = this.count >= this.limit;
    if (isFull) this.endAt(part, at);
    return !isFull;
  }

  private endAt(part: VariableCursor[0], at: number | string): void {
    this.next = '["' + part + '",' + (typeof at === 'string' ? quote(at) : toText(at)) + ']';
  }

  /** Whether a name is asked for. */
  wants(name: string): boolean {
    this.lookedAt++;
    return this.filter === '' || includes(toLowerCase(slice(name, 0, maxSearchedLength)), this.filter);
  }

  /**
   * @param step JSON of the {@link PathStep} that leads to it
   * @param kind JSON string without the quotes
   * @param value JSON of its `Node`
   * @param more further fields, as JSON
   */
  add(step: string, kind: string, value: string, more = ''): void {
    const item = '{"step":' + step + field('kind', '"' + kind + '"') + field('value', value) + more + '}';
    this.items += (this.count++ === 0 ? '' : ',') + item;
  }

  write(value: unknown): string {
    return new Inspection(itemLimits, this.host, 'usual').write(value);
  }

  writeSlot(descriptor: PropertyDescriptor): string {
    const isAccessor = descriptor.get !== undefined || descriptor.set !== undefined;
    return isAccessor ? writeAccessor(descriptor) : this.write(descriptor.value);
  }

  json(): string {
    return '{"items":[' + this.items + ']' + field('next', this.next) + '}';
  }
}
