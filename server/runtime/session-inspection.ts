import { VmError, validationError } from '../../shared/errors.js';
import type { Completions, listVariables, ResultOf } from '../../shared/protocol.js';
import type { CompletionQuery, VariablesQuery } from '../core/ports.js';
import { Inquiries } from './inquiries.js';
import { folderOfDocument } from './job-source.js';
import type { InquiryAnswer, InquiryMessage } from './messages.js';

/** Lists the specifiers that begin as typed, for an importer in a worktree-relative folder. */
export type SpecifierList = (
  typed: string,
  folder: string,
) => Promise<Pick<Completions, 'items' | 'isIncomplete'>>;

/** Looks at what a session holds, which its thread does while it is idle. */
export class SessionInspection {
  readonly #inquiries: Inquiries;

  /**
   * @param post sends a message to the session's thread
   * @param root real path of the worktree
   */
  constructor(
    post: (message: InquiryMessage) => void,
    private readonly root: string,
    private readonly specifiers: SpecifierList,
  ) {
    this.#inquiries = new Inquiries(post);
  }

  /** See `LiveRuntime.variables`. */
  async variables(query: VariablesQuery): Promise<ResultOf<typeof listVariables>> {
    const answer = await this.#inquiries.ask({ kind: 'variables', ...query });
    if (answer.kind === 'variables') return answer.page;
    if (answer.kind === 'refused') throw refusals[answer.field]();
    throw unexpected(answer);
  }

  /** See `LiveRuntime.complete`. */
  async complete({ text, offset, sourceUri }: CompletionQuery): Promise<Completions> {
    const folder = folderOfDocument(sourceUri, this.root);
    const at = Math.min(offset, text.length);
    const answer = await this.#inquiries.ask({ kind: 'complete', text, offset: at, folder });
    if (answer.kind === 'completions') return answer.completions;
    if (answer.kind !== 'specifier') throw unexpected(answer);
    return { ...(await this.specifiers(answer.typed, folder)), replace: answer.replace };
  }

  /** The thread has answered. */
  answered(id: number, answer: InquiryAnswer | undefined): void {
    this.#inquiries.answered(id, answer);
  }

  /** The thread ends: nobody answers any more. */
  end(): void {
    this.#inquiries.end();
  }
}

const refusals: Record<'path' | 'cursor', () => VmError> = {
  path: () =>
    validationError('Nothing that can be looked into is at this path; list the variables again.', {
      field: 'path',
    }),
  cursor: () =>
    validationError('The cursor is not one of this list; pass the nextCursor of the page before, or none.', {
      field: 'cursor',
    }),
};

const unexpected = ({ kind }: InquiryAnswer): Error =>
  new Error(`A session's thread answered another question: ${kind}`);
