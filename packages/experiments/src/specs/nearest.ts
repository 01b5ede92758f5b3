import { closest, distance } from 'fastest-levenshtein';

/** The valid name that is spelled most like `name`, or undefined where none is like it. */
export function nearest(name: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const alike = valid.find(each => plain(each) === plain(name));
  if (alike !== undefined) return alike;
  const best = closest(
    name.toLowerCase(),
    valid.map(each => each.toLowerCase()),
  );
  const index = valid.findIndex(each => each.toLowerCase() === best);
  return distance(name.toLowerCase(), best) <= Math.max(2, Math.ceil(name.length / 2)) ? valid[index] : undefined;
}

/** ` Did you mean '...'?` where some valid name is near, else the empty text. */
export function didYouMean(name: string, valid: readonly string[]): string {
  const near = nearest(name, valid);
  return near === undefined ? '' : ` Did you mean '${near}'?`;
}
