/** Ways in which a file goes wrong. Every one takes the bytes and a named random stream, and gives other bytes. */

const ODD_NUMBERS = [
  '1e999',
  '-1e999',
  'NaN',
  'Infinity',
  '-1',
  '-0',
  '1e308',
  '5e-324',
  '9007199254740993',
  '0.1e',
  '0x10',
  'null',
  'true',
  '"7"',
  '[]',
  '{}',
  '',
];
const ODD_TEXT = [
  '\u0000',
  '\ud800',
  '\u202e',
  '\ufeff',
  '𝔘',
  'é',
  '"',
  '\\',
  '\\u0000',
  '\r',
  '\t',
  "'",
  '{',
  '}',
  '[',
  ',',
  ':',
  '\u2028',
  '__proto__',
];

/** Whatever kind of file it is. */
const OF_BYTES = {
  flipBit: (bytes, random) => change(bytes, random, byte => byte ^ (1 << random.integer(8))),
  setByte: (bytes, random) => change(bytes, random, () => random.integer(256)),
  cutOff: (bytes, random) => bytes.subarray(0, random.integer(bytes.length + 1)),
  cutOut(bytes, random) {
    const [from, to] = range(bytes.length, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  double(bytes, random) {
    const [from, to] = range(bytes.length, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  zero(bytes, random) {
    const [from, to] = range(bytes.length, random);
    return Buffer.from(bytes).fill(0, from, to);
  },
  insert(bytes, random) {
    const at = random.integer(bytes.length + 1);
    const more = Buffer.from(Array.from({ length: 1 + random.integer(40) }, () => random.integer(256)));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
};

/** Files of text. */
const OF_TEXT = {
  changeDigit: text((content, random) =>
    replaceOne(content, /\d/g, random, digit => String((Number(digit) + 1 + random.integer(9)) % 10)),
  ),
  changeNumber: text((content, random) =>
    replaceOne(content, /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, random, number =>
      pick([...ODD_NUMBERS, `${number}0`, `-${number}`, String(random.float())], random),
    ),
  ),
  oddText(bytes, random) {
    const at = random.integer(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(ODD_TEXT, random)), bytes.subarray(at)]);
  },
  swapLines: lines((all, random) => {
    const [a, b] = [random.integer(all.length), random.integer(all.length)];
    return all.with(a, all[b]).with(b, all[a]);
  }),
  doubleLine: lines((all, random) => {
    const line = all[random.integer(all.length)];
    return all.toSpliced(random.integer(all.length + 1), 0, line);
  }),
  dropLine: lines((all, random) => all.toSpliced(random.integer(all.length), 1)),
  breakLine: lines((all, random) => {
    const k = random.integer(all.length);
    const at = random.integer(all[k].length + 1);
    return all.toSpliced(k, 1, all[k].slice(0, at), all[k].slice(at));
  }),
  joinLines: lines((all, random) => {
    const k = random.integer(all.length);
    return all.toSpliced(k, 2, `${all[k]}${all[k + 1] ?? ''}`);
  }),
  lineEnds: text(content => content.replaceAll('\n', '\r\n')),
};

/** JSON, one value or one a line: still JSON afterwards. */
const OF_JSON = {
  changeValue: json((parent, key, random) => {
    parent[key] =
      typeof parent[key] === 'number' && random.integer(2) === 0
        ? parent[key] * (1 + random.float()) + 1
        : oddValue(random);
  }),
  dropValue: json((parent, key) => {
    if (Array.isArray(parent)) parent.splice(key, 1);
    else delete parent[key];
  }),
  renameKey: json((parent, key, random) => {
    if (Array.isArray(parent)) return parent.push(parent[key]);
    const value = parent[key];
    delete parent[key];
    parent[pick([`${key}x`, key.slice(1), key.toUpperCase(), '__proto__', ''], random)] = value;
  }),
};

/** Mutations by the kind of file. */
export const MUTATIONS = {
  bytes: OF_BYTES,
  text: { ...OF_BYTES, ...OF_TEXT },
  json: { ...OF_BYTES, ...OF_TEXT, ...OF_JSON },
};

/**
 * Other bytes than those given: one to three mutations, one after the other.
 *
 * @param kind `bytes`, `text` or `json`.
 * @param more mutations of the file's own.
 */
export function mutate(bytes, kind, random, more = {}) {
  const ways = { ...MUTATIONS[kind], ...more };
  for (;;) {
    let mutated = bytes;
    const used = [];
    for (let left = 1 + Math.floor(3 * random.float() ** 3); left > 0; left--) {
      const name = pick(Object.keys(ways), random);
      mutated = ways[name](mutated, random);
      used.push(name);
    }
    if (!mutated.equals(bytes)) return { bytes: mutated, used };
  }
}

export function pick(values, random) {
  return values[random.integer(values.length)];
}

function change(bytes, random, to) {
  if (bytes.length === 0) return Buffer.from([to(0)]);
  const copy = Buffer.from(bytes);
  const at = random.integer(bytes.length);
  copy[at] = to(copy[at]);
  return copy;
}

/** Part of a file, short ones more often. */
function range(length, random) {
  const from = random.integer(length + 1);
  return [from, Math.min(length, from + 1 + Math.floor(length * random.float() ** 4))];
}

/** A mutation of text, of bytes that need not be UTF-8: what is not touched stays as it is. */
function text(mutation) {
  return (bytes, random) => Buffer.from(mutation(bytes.toString('latin1'), random), 'latin1');
}

function lines(mutation) {
  return text((content, random) => mutation(content.split('\n'), random).join('\n'));
}

function replaceOne(content, pattern, random, by) {
  const found = [...content.matchAll(pattern)];
  if (found.length === 0) return content;
  const { 0: old, index } = pick(found, random);
  return content.slice(0, index) + by(old) + content.slice(index + old.length);
}

function json(mutation) {
  return (bytes, random) => {
    const content = bytes.toString('utf8');
    const parts = parsed(content) === undefined ? content.split('\n') : [content];
    const k = random.integer(parts.length);
    const value = parsed(parts[k]);
    if (typeof value !== 'object' || value === null) return bytes;
    const places = placesIn(value);
    if (places.length === 0) return bytes;
    mutation(...pick(places, random), random);
    parts[k] = JSON.stringify(value);
    return Buffer.from(parts.join('\n'));
  };
}

function parsed(content) {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** Every member of a value, and of what it holds. */
function placesIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()].slice(0, 50) : Object.keys(value);
  return keys.flatMap(key => [[value, key], ...placesIn(value[key])]);
}

function oddValue(random) {
  return pick([null, true, -1, 0, 1.5, 1e300, '', 'NaN', [], {}, [[[]]], '\u0000', { constructor: 1 }], random);
}
