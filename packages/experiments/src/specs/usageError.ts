/** Bad usage or input: the command line prints the message alone and ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
