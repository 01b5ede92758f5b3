import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

interface Row {
  engine: string;
  passed: number;
  failed: number;
  skipped: number;
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
    const table = [...rows.values()].sort((a, b) => a.engine.localeCompare(b.engine));
    if (table.length === 0) return;
    console.table(Object.fromEntries(table.map(({ engine, ...counts }) => [engine, counts])));
    if (process.env.CI_RESULTS) writeFileSync('engine-table.json', `${JSON.stringify(table)}\n`);
  }
}
