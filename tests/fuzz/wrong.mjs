/** What a mutation must not lead to: a reader that shows something else than what was written. */
export class WrongError extends Error {
  name = 'WrongError';
}

export function wrong(message) {
  return new WrongError(message);
}

/** Errors that are documented, by their names. Anything else that a reader throws is a crash. */
export const DOCUMENTED = ['UsageError', 'InputError', 'DataError', 'BusyError', 'StorageError'];

/** Runs a reader: its value, or undefined where it refuses with a documented error that says why. */
export async function valueOr(read) {
  try {
    return { value: await read() };
  } catch (error) {
    if (!DOCUMENTED.includes(error?.name) || !(error.message.length > 10)) throw error;
    return undefined;
  }
}
