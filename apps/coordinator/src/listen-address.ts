import { isIP, BlockList } from 'node:net';

export interface ListenAddress {
  /** A name or an IP address without brackets. */
  readonly host: string;
  /** 0 asks the system for any free port. */
  readonly port: number;
}

/** `host:port` or `[IPv6]:port`; null when the text is neither. */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[(?<bracketed>[0-9a-fA-F:.]+)\]|(?<plain>[^:[\]\s/]+)):(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.['bracketed'] ?? match?.groups?.['plain'];
  const port = Number(match?.groups?.['port']);
  if (host === undefined || port > 65_535) return null;
  if (match?.groups?.['bracketed'] !== undefined && isIP(host) !== 6) return null;
  return { host, port };
}

export function formatHostAndPort(address: ListenAddress): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether only this machine can reach what listens there. A name other than localhost may resolve to anything. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  if (version === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
