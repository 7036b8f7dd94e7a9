// How the text of a setting becomes its value. Each reader gives the value, or what was expected instead.

/** A text that is not what a setting takes. */
export class Wrong {
  readonly expected: string;
  constructor(expected: string) {
    this.expected = expected;
  }
}

/** A host and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Any text. */
export function readText(text: string): string {
  return text;
}

/** A port; 0 is any free one. */
export function readPort(text: string): number | Wrong {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : new Wrong('a port from 0 (any free one) to 65535');
}

/** A port, or a host and a port. */
export function readAddress(text: string): Address | Wrong {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d+)$/.exec(text) ?? [];
  const read = readPort(port);
  return read instanceof Wrong
    ? new Wrong('a port (4001), or a host and a port (0.0.0.0:4001)')
    : { host: host.replace(/^\[|\]$/g, ''), port: read };
}

/** An http or https address without path, query or user; gives its origin. */
export function readUrl(text: string): string | Wrong {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return new Wrong('an http or https address');
  return url.pathname === '/' && url.search === '' && url.username === ''
    ? url.origin
    : new Wrong('an address without path, query or user');
}

/** Several of a kind, separated by commas. */
export function readList<Item>(read: (text: string) => Item | Wrong): (text: string) => readonly Item[] | Wrong {
  return (text) => {
    const items: Item[] = [];
    for (const part of text.split(',').map((item) => item.trim())) {
      if (part === '') continue;
      const item = read(part);
      if (item instanceof Wrong) return new Wrong(`${item.expected}, or several separated by commas`);
      items.push(item);
    }
    return items;
  };
}

/** An address, a network in CIDR notation, or a name for such. */
export function readNetwork(text: string): string | Wrong {
  return /^[0-9a-f.:]+(\/\d{1,3})?$/i.test(text) || ['loopback', 'linklocal', 'uniquelocal'].includes(text)
    ? text
    : new Wrong('an address, a network such as 10.0.0.0/8, or loopback');
}

/** true or false, in a few spellings. */
export function readBoolean(text: string): boolean | Wrong {
  if (['true', '1', 'on', 'yes'].includes(text)) return true;
  return ['false', '0', 'off', 'no'].includes(text) ? false : new Wrong('true or false');
}
