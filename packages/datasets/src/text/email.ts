import { isUtf8 } from 'node:buffer';
import { decodeLatin1 } from './latin1.ts';

/** Messages within messages are read so far down. */
const MAX_DEPTH = 8;

/**
 * What a reader sees of an e-mail (RFC 822 with MIME): the subject, then the text parts, plain and HTML, decoded from
 * quoted-printable and base64. All other headers are left out, since they tell how a message was collected; so are
 * images and other attachments.
 *
 * @example emailText('From: a@b\nSubject: hello\n\nthe text') // 'hello\nthe text'
 */
export function emailText(message: string): string {
  const { headers, body } = splitMessage(message);
  return `${decodeWords(headers.get('subject') ?? '')}\n${partText(headers, body, 0)}`;
}

interface Entity {
  /** By lower-case name; of several headers of one name, the first. */
  headers: Map<string, string>;
  body: string;
}

function splitMessage(message: string): Entity {
  const text = message.replace(/\r\n?/g, '\n');
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    if (/^[!-9;-~]+$/.test(name) && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { headers, body: end < 0 ? '' : text.slice(end).replace(/^\n+/, '') };
}

function partText(headers: Map<string, string>, body: string, depth: number): string {
  const contentType = headers.get('content-type') ?? 'text/plain';
  const type = /^[^\s;]*/.exec(contentType.toLowerCase())![0];
  if (depth < MAX_DEPTH) {
    const boundary = /boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
    if (type.startsWith('multipart/') && boundary) {
      return parts(body, boundary[1] ?? boundary[2])
        .map(part => splitMessage(part))
        .map(part => partText(part.headers, part.body, depth + 1))
        .join('\n');
    }
    if (type === 'message/rfc822') {
      const inner = splitMessage(body);
      return `${decodeWords(inner.headers.get('subject') ?? '')}\n${partText(inner.headers, inner.body, depth + 1)}`;
    }
  }
  if (!/^(?:text(?:\/|$)|multipart\/|message\/|$)/.test(type)) return '';
  return decodeTransfer(body, headers.get('content-transfer-encoding')?.toLowerCase() ?? '');
}

/** The parts between the boundary lines; what stands before the first and after the last is for no reader. */
function parts(body: string, boundary: string): string[] {
  const found: string[][] = [];
  for (const line of body.split('\n')) {
    const mark = line.trimEnd();
    if (mark === `--${boundary}--`) break;
    if (mark === `--${boundary}`) found.push([]);
    else found.at(-1)?.push(line);
  }
  return found.map(lines => lines.join('\n'));
}

function decodeTransfer(body: string, encoding: string): string {
  if (encoding === 'base64') return decodeBytes(Buffer.from(body, 'base64'));
  if (encoding === 'quoted-printable') return decodeQuoted(body.replace(/[ \t]*=[ \t]*\n/g, ''));
  return body;
}

function decodeQuoted(text: string): string {
  return text.replace(/(?:=[0-9a-f]{2})+/gi, run => decodeBytes(Buffer.from(run.replaceAll('=', ''), 'hex')));
}

/** The charset that is named is wrong too often to be asked: what is UTF-8 by its bytes is UTF-8, all else Latin-1. */
function decodeBytes(bytes: Uint8Array): string {
  return isUtf8(bytes) ? new TextDecoder().decode(bytes) : decodeLatin1(bytes);
}

/** RFC 2047: `=?charset?q?...?=` and `=?charset?b?...?=`. */
function decodeWords(header: string): string {
  return header.replace(/=\?[^?\s]+\?([qb])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toLowerCase() === 'b' ? decodeBytes(Buffer.from(text, 'base64')) : decodeQuoted(text.replaceAll('_', ' ')),
  );
}
