import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../run/files.ts';
import { openSealed, sealDocument } from '../runlog/seal.ts';

/** Folder of all launches below a folder of runs. */
export const LAUNCHES = 'slurm';

/** Names below a launch's folder. */
export const FILES = { array: 'array.sh', report: 'report.sh', tasks: 'tasks.txt', jobs: 'jobs.json' } as const;

const jobsSchema = z.object({
  schema: z.literal(1),
  /** ISO time. */
  submitted: z.string(),
  arrays: z.array(z.object({ job: z.string(), offset: z.int(), size: z.int() })),
  /** Id of the report's job. Absent if none was asked for, or it could not be submitted. */
  report: z.string().optional(),
  /** Names of the runs, in the order of the tasks. */
  runs: z.array(z.string()),
});

/** What a launch submitted: the content of its jobs.json. */
export type Jobs = z.infer<typeof jobsSchema>;

/** All launches from a folder of runs. */
export interface Launches {
  /** Oldest first; without those that submitted nothing. */
  launches: Jobs[];
  /** Files that tell no more what was submitted: they are cut or changed. */
  damaged: string[];
}

/** Keeps what was submitted from the folder of a launch. */
export function writeJobs(folder: string, jobs: Jobs): void {
  writeAtomically(join(folder, FILES.jobs), `${JSON.stringify(sealDocument(jobs), null, 2)}\n`);
}

/** What was submitted from a folder of runs. */
export function readLaunches(runs: string): Launches {
  const found: Launches = { launches: [], damaged: [] };
  const folder = join(runs, LAUNCHES);
  if (!existsSync(folder)) return found;
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name, FILES.jobs);
    if (!existsSync(path)) continue;
    try {
      found.launches.push(jobsSchema.parse(openSealed(JSON.parse(readFileSync(path, 'utf8')))));
    } catch {
      found.damaged.push(path);
    }
  }
  return found;
}
