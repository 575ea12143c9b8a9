/** DOMException, as the Web IDL standard has it. */
import { define } from '../define.js';
import { mapGet, mapSet, NativeMap } from '../intrinsics.js';
import { constant, exposeInterface, toDomString } from './webidl.js';

/** Code, name and constant of those exceptions that have a code. */
const legacy: readonly (readonly [code: number, name: string, constant: string])[] = [
  [1, 'IndexSizeError', 'INDEX_SIZE_ERR'],
  [2, '', 'DOMSTRING_SIZE_ERR'],
  [3, 'HierarchyRequestError', 'HIERARCHY_REQUEST_ERR'],
  [4, 'WrongDocumentError', 'WRONG_DOCUMENT_ERR'],
  [5, 'InvalidCharacterError', 'INVALID_CHARACTER_ERR'],
  [6, '', 'NO_DATA_ALLOWED_ERR'],
  [7, 'NoModificationAllowedError', 'NO_MODIFICATION_ALLOWED_ERR'],
  [8, 'NotFoundError', 'NOT_FOUND_ERR'],
  [9, 'NotSupportedError', 'NOT_SUPPORTED_ERR'],
  [10, 'InUseAttributeError', 'INUSE_ATTRIBUTE_ERR'],
  [11, 'InvalidStateError', 'INVALID_STATE_ERR'],
  [12, 'SyntaxError', 'SYNTAX_ERR'],
  [13, 'InvalidModificationError', 'INVALID_MODIFICATION_ERR'],
  [14, 'NamespaceError', 'NAMESPACE_ERR'],
  [15, 'InvalidAccessError', 'INVALID_ACCESS_ERR'],
  [16, '', 'VALIDATION_ERR'],
  [17, 'TypeMismatchError', 'TYPE_MISMATCH_ERR'],
  [18, 'SecurityError', 'SECURITY_ERR'],
  [19, 'NetworkError', 'NETWORK_ERR'],
  [20, 'AbortError', 'ABORT_ERR'],
  [21, 'URLMismatchError', 'URL_MISMATCH_ERR'],
  [22, 'QuotaExceededError', 'QUOTA_EXCEEDED_ERR'],
  [23, 'TimeoutError', 'TIMEOUT_ERR'],
  [24, 'InvalidNodeTypeError', 'INVALID_NODE_TYPE_ERR'],
  [25, 'DataCloneError', 'DATA_CLONE_ERR'],
];

const codes = new NativeMap<string, number>();

/** What an exception says, told by its slots. */
export let exceptionOf: (object: object) => { name: string; message: string } | undefined;

export class DOMException extends Error {
  readonly #name: string;
  readonly #message: string;

  static {
    exceptionOf = (object) =>
      #name in object ? { name: object.#name, message: object.#message } : undefined;
  }

  constructor(message: unknown = '', options: unknown = 'Error') {
    super();
    this.#message = toDomString(message);
    if (typeof options === 'object' && options !== null) {
      const { name, cause } = options as { name?: unknown; cause?: unknown };
      this.#name = name === undefined ? 'Error' : toDomString(name);
      if ('cause' in options) define(this, 'cause', cause);
    } else {
      this.#name = toDomString(options);
    }
  }

  override get name(): string {
    return this.#name;
  }

  override get message(): string {
    return this.#message;
  }

  get code(): number {
    return mapGet(codes, this.#name) ?? 0;
  }
}

export function installDomException(): void {
  exposeInterface('DOMException', DOMException);
  for (let i = 0; i < legacy.length; i++) {
    const row = legacy[i];
    if (row === undefined) continue;
    constant(DOMException, row[2], row[0]);
    if (row[1] !== '') mapSet(codes, row[1], row[0]);
  }
}
