export { type BenchOptions, type BenchResult, type BenchRow, runBench } from './run.ts';
