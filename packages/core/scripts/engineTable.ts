import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { MISSING } from '../src/testing/engines.ts';

interface Row {
  engine: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Why it could not be tested here, and how to get it. */
  missing?: string;
}

/**
 * Counts the cases that ran on each engine: tests inside a suite titled `engine <name>`. The table ends the run, so that
 * an engine that is missing or short of cases is seen.
 */
export class EngineTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Row>();
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const engine = /(?:^| > )engine (\w+) > /.exec(test.fullName)?.[1];
        if (engine === undefined) continue;
        const row = rows.get(engine) ?? { engine, passed: 0, failed: 0, skipped: 0 };
        rows.set(engine, row);
        const { state } = test.result();
        if (state === 'passed' || state === 'failed' || state === 'skipped') row[state]++;
      }
    }
    if (rows.size === 0) return;
    for (const [engine, missing] of Object.entries(MISSING)) {
      if (!rows.has(engine)) rows.set(engine, { engine, passed: 0, failed: 0, skipped: 0, missing });
    }
    const table = [...rows.values()].sort((a, b) => a.engine.localeCompare(b.engine));
    console.table(Object.fromEntries(table.map(({ engine, missing, ...counts }) => [engine, counts])));
    for (const { engine, missing } of table)
      if (missing !== undefined) console.log(`${engine} was not tested: ${missing}`);
    if (process.env.CI_RESULTS) writeFileSync('engine-table.json', `${JSON.stringify(table)}\n`);
  }
}
