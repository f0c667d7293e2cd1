/** What a command can end with, apart from the InputError of @seedbed/contracts. Each has its own exit code. */

/** The work failed or came out incomplete. Exit code 1; the message is for a person and says what to do. */
export class FailedError extends Error {
  override readonly name: string = 'FailedError';
}

/** Nobody answers at the coordinator's or Redis's address. Exit code 3. */
export class UnreachableError extends Error {
  override readonly name: string = 'UnreachableError';
}

/** A person or the system asked us to end. Exit code 130 or 143. */
export class InterruptedError extends Error {
  override readonly name: string = 'InterruptedError';
  constructor(readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(by === 'SIGINT' ? 'interrupted' : `ended by ${by}`);
  }
}
