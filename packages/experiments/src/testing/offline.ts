import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Words before a program that take its network away; none where this is not Linux or not allowed. */
export const OFFLINE: readonly string[] = (() => {
  // By its path: programs are started with an empty environment.
  const unshare = ['/usr/bin/unshare', '/bin/unshare'].find(path => existsSync(path));
  if (unshare === undefined) return [];
  // The second needs no root where users may have namespaces of their own.
  const ways = [['--net'], ['--map-root-user', '--net']].map(flags => [unshare, ...flags]);
  return ways.find(([program, ...flags]) => spawnSync(program, [...flags, 'true']).status === 0) ?? [];
})();
