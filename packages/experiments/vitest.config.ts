import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

/** One more than elsewhere: these tests wait for the commands that they start, and for locks and time. */
export default mergeConfig(shared, { test: { maxWorkers: 3 } });
