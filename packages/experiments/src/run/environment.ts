import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { packageFile } from '../packageFile.ts';
import type { StartLine } from '../runlog/schema.ts';

/** The machine this process runs on. */
export function machine(): StartLine['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    os: `${type()} ${release()}`,
  };
}

/** Version of this package. */
export function ownVersion(): string {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version;
}

/** Versions of what computes. */
export function versions(): StartLine['versions'] {
  const found: Record<string, string> = {
    node: process.versions.node,
    v8: process.versions.v8,
    'sparse-rnn': ownVersion(),
  };
  try {
    // Installed for core, whose own folder it is resolved from.
    const core = createRequire(createRequire(import.meta.url).resolve('@sparse-rnn/core'));
    found['@tensorflow/tfjs-core'] = core('@tensorflow/tfjs-core/package.json').version;
  } catch {
    found['@tensorflow/tfjs-core'] = 'unknown';
  }
  return found;
}

/**
 * Git commit of the code, with `-dirty` where files differ from it. Outside a checkout, as on a machine that a build was
 * copied to, SPARSE_RNN_COMMIT tells it; 'unknown' without.
 */
export function commit(): string {
  const told = process.env.SPARSE_RNN_COMMIT;
  // It enters logs that are shared: a name of a commit, or nothing.
  if (told) return /^[\w.+-]{1,80}$/.test(told) ? told : 'unknown';
  try {
    const cwd = packageFile();
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return git('describe', '--always', '--dirty', '--abbrev=40', '--exclude=*').trim();
  } catch {
    return 'unknown';
  }
}

/** Most resident memory that this process ever had, in bytes. */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
