import { defineConfig } from 'vitest/config';
import shared, { reporters } from '../../vitest.shared.ts';
import { EngineTable } from './scripts/engineTable.ts';

export default defineConfig({ ...shared, test: { ...shared.test, reporters: [...reporters, new EngineTable()] } });
