/** Bad usage or input: the command line prints the message alone and ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Somebody else works in the folder. The same command succeeds later. */
export class BusyError extends UsageError {}

/** The disk is full, or failed. The command line prints the message alone and ends with exit code 1. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
