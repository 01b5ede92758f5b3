import { gzipSync } from 'node:zlib';
import { type Header, pack as tarPack } from 'tar-stream';

/** A member of an archive that a test packs. */
export type Member = Partial<Header> & { name: string; content?: Buffer };

/** A tar.gz file of these members. */
export async function packTarGz(...members: Member[]): Promise<Buffer> {
  const tar = tarPack();
  for (const { content, ...header } of members) tar.entry(header, content ?? Buffer.alloc(0));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
