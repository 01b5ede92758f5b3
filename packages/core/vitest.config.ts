import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';
import { EngineTable } from './scripts/engineTable.ts';

const reporters = [...(shared.test?.reporters as []), new EngineTable()];
export default mergeConfig({ ...shared, test: { ...shared.test, reporters: [] } }, { test: { reporters } });
