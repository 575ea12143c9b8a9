/** What an arrived JSON value is in JSON-RPC 2.0, decided by its shape alone. */
import { asClientId, type ClientId } from './client-ids.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export type Incoming =
  | { readonly kind: 'request'; readonly id: ClientId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  /** An answer to a request of ours. */
  | { readonly kind: 'response'; readonly message: JsonObject }
  /** `id`: whom to answer, null when that cannot be told. */
  | { readonly kind: 'invalid'; readonly id: ClientId | null; readonly reason: string };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sorts an arrived value. */
export function classify(value: unknown): Incoming {
  if (Array.isArray(value)) return invalid(null, 'Batches are not supported; send each message on its own.');
  if (!isObject(value)) return invalid(null, 'A message must be a JSON object.');
  const { id, method, params } = value;
  const replyTo = asClientId(id) ?? null;
  // Before anything else: an answer must never be answered, or two peers would answer each other for ever.
  if (method === undefined && ('result' in value || 'error' in value))
    return { kind: 'response', message: value };
  if (value['jsonrpc'] !== '2.0') return invalid(replyTo, 'A message must have "jsonrpc": "2.0".');
  if (typeof method !== 'string') return invalid(replyTo, 'A message must have a method.');
  if (!('id' in value)) return { kind: 'notification', method, params };
  if (replyTo === null) return invalid(null, 'The id of a request must be a string or an integer.');
  return { kind: 'request', id: replyTo, method, params };
}

function invalid(id: ClientId | null, reason: string): Incoming {
  return { kind: 'invalid', id, reason };
}
