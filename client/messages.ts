/**
 * The requests and notifications that the extension uses, typed by shared/protocol.ts but without its schemas, which
 * would bring a validator of some hundred kilobytes into the extension host. The host validates what it is sent.
 */
import type { z } from 'zod';
import type * as protocol from '../shared/protocol.js';

type Protocol = typeof protocol;
type NamesOf<Shape> = {
  [Name in keyof Protocol]: Protocol[Name] extends Shape ? Name : never;
}[keyof Protocol];
type MethodsOf<Name extends keyof Protocol> = {
  readonly [Key in Name]: Protocol[Key] extends { readonly method: infer Method } ? Method : never;
};

/** Name of a request's const in shared/protocol.ts. */
type AnyRequest = NamesOf<protocol.VmRequest>;
type AnyNotification = NamesOf<protocol.VmNotification>;

/** Method of each request that the extension sends. A test compares them with the protocol's own. */
export const requestMethods = {
  health: 'vm/health',
  listTemplates: 'vm/templates/list',
  getTemplate: 'vm/templates/get',
  createSession: 'vm/sessions/create',
  listSessions: 'vm/sessions/list',
  getSession: 'vm/sessions/get',
  closeSession: 'vm/sessions/close',
  deleteSession: 'vm/sessions/delete',
  restartSession: 'vm/sessions/restart',
  interruptSession: 'vm/sessions/interrupt',
  listCheckpoints: 'vm/sessions/checkpoints',
  createCheckpoint: 'vm/sessions/checkpoint',
  restoreSession: 'vm/sessions/restore',
  forkSession: 'vm/sessions/fork',
  labelCheckpoint: 'vm/sessions/labelCheckpoint',
  deleteCheckpoint: 'vm/sessions/deleteCheckpoint',
  listVariables: 'vm/sessions/variables',
  runRepl: 'vm/executions/repl',
  runFile: 'vm/executions/runFile',
  listExecutions: 'vm/executions/list',
  getExecution: 'vm/executions/get',
  cancelExecution: 'vm/executions/cancel',
  listEvents: 'vm/executions/events',
} as const satisfies Partial<MethodsOf<AnyRequest>>;

/** Method of each notification that the extension sends or hears. */
export const notificationMethods = {
  setTrust: 'vm/setTrust',
  didChangeTemplate: 'vm/didChangeTemplate',
  didChangeSession: 'vm/didChangeSession',
  didChangeExecution: 'vm/didChangeExecution',
  didEmitEvents: 'vm/didEmitEvents',
} as const satisfies Partial<MethodsOf<AnyNotification>>;

export type RequestName = keyof typeof requestMethods;
type NotificationName = keyof typeof notificationMethods;

/** What a request or notification takes, before the host fills in defaults. */
export type Params<Name extends RequestName | NotificationName> = z.input<Protocol[Name]['params']>;
/** What a request answers. */
export type Result<Name extends RequestName> = z.output<Protocol[Name]['result']>;

/** The versions of the protocol that these messages belong to: least and greatest. */
export const protocolRange: z.input<Protocol['ClientFeatures']>['protocol'] = [1, 1];
