/** `host:port` or `[IPv6]:port`, as in an environment variable. */
export interface ListenAddress {
  /** A name or an IP address without brackets. */
  readonly host: string;
  /** 0 asks the system for any free port. */
  readonly port: number;
}

const PORT_MAX = 65_535;

/** @returns null when the text is neither form */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > PORT_MAX ? null : { host, port };
}
