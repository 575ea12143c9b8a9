/** Completions at a place of a cell: by its text, and by what the session holds. Nothing is evaluated. */
import type { Completions, CompletionItem } from '../../../../shared/protocol.js';
import type { Members } from '../../guest/contract.js';
import type { CompletionInquiry, InquiryAnswer } from '../../messages.js';
import type { Guest } from '../guest.js';
import { completions, exportItems, maxItems, memberItems, nameItems, startsWith } from './items.js';
import { exportsOf } from './module-exports.js';
import { keyOf, type Origin, originOf } from './origin.js';
import { type Place, placeAt } from './place.js';
import { scopeAt } from './scope.js';

type MemberPlace = Extract<Place, { kind: 'member' }>;
const noMembers: Members = { items: [], isCut: false };

/** @returns undefined when it was given up */
export function completionsOf(guest: Guest, inquiry: CompletionInquiry): InquiryAnswer | undefined {
  const { text, offset } = inquiry;
  const place = placeAt(text, offset);
  if (place.kind === 'specifier') return { kind: 'specifier', typed: place.prefix, replace: place.replace };
  const found = placeCompletions(guest, inquiry, place);
  return found && { kind: 'completions', completions: found };
}

function placeCompletions(guest: Guest, inquiry: CompletionInquiry, place: Place): Completions | undefined {
  const { text, offset, folder } = inquiry;
  switch (place.kind) {
    case 'name': {
      const members = guest.kernel.members(['', [], place.prefix, maxItems]);
      if (members === undefined) return undefined;
      const { isCut } = members ?? noMembers;
      const items = nameItems(members ?? noMembers, place, scopeAt(text, offset));
      return completions(items, place.replace, isCut);
    }
    case 'member': {
      const origin = originOf(place.object, scopeAt(text, offset));
      return origin === undefined
        ? completions([], place.replace, false)
        : memberCompletions(guest, origin, place, folder);
    }
    case 'export':
      return completions(exportItems(exportsOf(guest, place.specifier, folder), place), place.replace, false);
    default:
      return completions([], { start: offset, end: offset }, false);
  }
}

function memberCompletions(
  guest: Guest,
  origin: Origin,
  place: MemberPlace,
  folder: string,
): Completions | undefined {
  switch (origin.kind) {
    case 'path':
      return listed(guest, origin.literal, origin.path, place, []);
    case 'object':
      return listed(guest, 'object', [], place, stated(origin, place));
    case 'module': {
      const held = guest.kernel.members(['', [origin.local], place.prefix, maxItems]);
      if (held === undefined) return undefined;
      if (held !== null) return completions(memberItems(held, place), place.replace, held.isCut);
      return completions(
        exportItems(exportsOf(guest, origin.specifier, folder), place),
        place.replace,
        false,
      );
    }
  }
}

function listed(
  guest: Guest,
  literal: string,
  path: readonly string[],
  place: MemberPlace,
  more: readonly CompletionItem[],
): Completions | undefined {
  const members = guest.kernel.members([literal, path, place.prefix, maxItems]);
  if (members === undefined) return undefined;
  // What is stated comes before what is inherited.
  const inherited = (members ?? noMembers).items.map((item) => ({
    ...item,
    distance: item.distance + (literal === '' ? 0 : 1),
  }));
  const items = [...more, ...memberItems({ items: inherited, isCut: false }, place)];
  return completions(items, place.replace, members?.isCut ?? false);
}

/** The properties that are written down in an object literal. */
function stated({ node }: Extract<Origin, { kind: 'object' }>, place: MemberPlace): CompletionItem[] {
  const members = node.properties.flatMap((item) => {
    const name = item.type === 'SpreadElement' ? undefined : keyOf(item.key, item.computed);
    const isFunction = item.type === 'Property' && /Function/.test(item.value.type);
    return name === undefined || !startsWith(name, place.prefix) ? [] : [{ name, isFunction }];
  });
  return memberItems({ items: members.map(({ name }) => ({ name, distance: 0 })), isCut: false }, place).map(
    (item, index) => ({
      ...item,
      kind: members[index]?.isFunction ? 'method' : 'property',
    }),
  );
}
