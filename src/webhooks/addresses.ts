/** The four bytes of an IPv4 address in dotted decimal, or undefined for any other text. */
export function ipv4(text: string): number[] | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The eight groups of an IPv6 address, or undefined for any other text. Zone ids are not taken. */
export function ipv6(text: string): number[] | undefined {
  if (!/^[0-9a-f:.]+$/i.test(text)) return undefined;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const embedded = tail?.[2] === undefined ? undefined : ipv4(tail[2]);
  if (tail && embedded === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = embedded ?? [];
  const plain = tail ? `${tail[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}` : text;
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...rest];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}

// IANA's special-purpose blocks, as the first address and the length of the prefix.
const reservedV4: [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // A cloud's metadata service on an address that looks public.
  ["168.63.129.16", 32],
];

/** Whether nobody on the public internet is reached at this IPv4 address. */
export function isReservedV4(bytes: readonly number[]): boolean {
  const value = toNumber(bytes);
  return reservedV4.some(([first, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(value / size) === Math.floor(toNumber(first.split(".").map(Number)) / size);
  });
}

function toNumber(bytes: readonly number[]): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/**
 * Whether nobody on the public internet is reached at this IPv6 address. Only global unicast is taken, without
 * the parts of it that carry an IPv4 address, name a protocol or are for documentation; so mapped, NAT64,
 * unique-local, link-local, multicast and loopback addresses are reserved without being named.
 */
export function isReservedV6(groups: readonly number[]): boolean {
  const [first = 0, second = 0] = groups;
  const isGlobal = first >= 0x2000 && first <= 0x3fff;
  const isProtocol = first === 0x2001 && second < 0x200;
  const isDocumentation = (first === 0x2001 && second === 0xdb8) || (first === 0x3fff && second < 0x1000);
  const is6to4 = first === 0x2002;
  return !isGlobal || isProtocol || isDocumentation || is6to4;
}

/** Whether an IPv4 or IPv6 address is the machine's own. */
export function isLoopback(address: string): boolean {
  const v6 = ipv6(address);
  return ipv4(address)?.[0] === 127 || (v6 !== undefined && v6.join(":") === "0:0:0:0:0:0:0:1");
}

/** Whether a text is an IP address. */
export function isAddress(text: string): boolean {
  return ipv4(text) !== undefined || ipv6(text) !== undefined;
}

/** Whether a text is an IP address that is not on the public internet. */
export function isReservedAddress(address: string): boolean {
  const v4 = ipv4(address);
  if (v4 !== undefined) return isReservedV4(v4);
  const v6 = ipv6(address);
  return v6 !== undefined && isReservedV6(v6);
}
