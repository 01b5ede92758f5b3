export { type RunOptions, resume, run } from './run/runner.ts';
export { type RunStatus, runStates } from './run/status.ts';
export type { OpenWorkbench, Progress, RunResult, Workbench } from './run/types.ts';
export * from './specs/index.ts';
