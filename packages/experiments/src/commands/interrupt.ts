/** Exit code of a run that was interrupted and can be resumed, whatever the signal. */
export const INTERRUPTED = 130;

/** Ctrl-C in a terminal reaches every process of the group, and some pass it on as well: these count as one. */
const ONE_PRESS_MS = 1000;

/**
 * Turns Ctrl-C and SIGTERM into an aborted signal, so that work can stop where it can be resumed. A second one ends
 * the process at once: the last checkpoint is then the one to go on from.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>, note: string): Promise<T> {
  const controller = new AbortController();
  let first = 0;
  const stop = () => {
    if (controller.signal.aborted) {
      if (performance.now() - first > ONE_PRESS_MS) process.exit(INTERRUPTED);
      return;
    }
    first = performance.now();
    process.stderr.write(`\n${note}\n`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
