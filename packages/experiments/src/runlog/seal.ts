import { createHash } from 'node:crypto';

/**
 * A seal tells whether a line of a run log is still what the run wrote. It is the line's last two members:
 *
 * - `after`: the seal of the line before it, empty for the first line of a log. In a log that was begun without seals the
 *   first sealed line has `unsealed:` and the digest of all bytes before it.
 * - `check`: digest of the run's name and of the line's text up to here, so that a line of another run does not pass.
 *
 * Digests are the first 16 hexadecimal digits of a SHA-256. They find damage and slips of the hand, not forgery: whoever
 * means to can compute them anew.
 */
export interface Seal {
  after: string;
  check: string;
}

const DIGITS = 16;
const SEALED = new RegExp(
  `^(.*,"after":"((?:unsealed:)?[0-9a-f]{${DIGITS}}|)"),"check":"([0-9a-f]{${DIGITS}})"\\}$`,
  's',
);
/** One of the two members is left of a seal, or something like it. */
const REMAINS = /"(?:after|check)":"(?:unsealed:)?[0-9a-f]*"[^"]{0,3}$|"after":"(?:unsealed:)?[0-9a-f]*","/;

/** The line of a value, sealed, and its seal. */
export function sealLine(value: object, run: string, after: string): { text: string; seal: Seal } {
  const sealed = JSON.stringify({ ...value, after });
  const check = digest(run, sealed.slice(0, -1));
  return { text: `${sealed.slice(0, -1)},"check":"${check}"}`, seal: { after, check } };
}

/**
 * The seal of a line. `none` for a line of a log from before there were seals, `broken` where its text is not the one
 * that was sealed for this run; the seal that it states is then given if it can be read.
 */
export function readSeal(
  text: string,
  run: string,
): { kind: 'none' } | { kind: 'broken'; seal?: Seal } | { kind: 'whole'; seal: Seal } {
  const found = SEALED.exec(text);
  if (found === null) return { kind: REMAINS.test(text) ? 'broken' : 'none' };
  const [, sealed, after, check] = found;
  return { kind: digest(run, sealed) === check ? 'whole' : 'broken', seal: { after, check } };
}

/** The name of the run whose log begins with this line; empty if it does not say. */
export function runOf(firstLine: string): string {
  try {
    return String(JSON.parse(firstLine)?.run ?? '');
  } catch {
    return '';
  }
}

/** What the first sealed line of a log follows that was begun without seals. */
export function afterUnsealed(bytes: Uint8Array): string {
  return `unsealed:${digest('', bytes)}`;
}

/**
 * A JSON document with a seal as its last member, `check`: the digest of everything else in it, whatever its white space.
 *
 * @param value must survive JSON.
 */
export function sealDocument(value: object): object {
  const plain = JSON.parse(JSON.stringify(value));
  return { ...plain, check: digest('', JSON.stringify(plain)) };
}

/** Whether a line or a document has a seal, right or wrong. */
export function hasSeal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'check' in value;
}

/** The document without its seal; undefined where it is not what was sealed. One from before there were seals passes. */
export function openDocument(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  const { check, ...rest } = document as Record<string, unknown>;
  if (check !== undefined) {
    // Read again, as the seal does not tell -0 from 0.
    const sealed = JSON.stringify(rest);
    return digest('', sealed) === check ? JSON.parse(sealed) : undefined;
  }
  // A seal whose name was changed.
  return Object.values(rest).some(value => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value))
    ? undefined
    : document;
}

/** As `openDocument`, of a document that was sealed ever since there is such a file: without a seal it is damaged. */
export function openSealed(document: unknown): unknown {
  return hasSeal(document) ? openDocument(document) : undefined;
}

function digest(run: string, content: string | Uint8Array): string {
  return createHash('sha256').update(`${run}\n`).update(content).digest('hex').slice(0, DIGITS);
}
