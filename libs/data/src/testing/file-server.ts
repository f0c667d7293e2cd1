/** A small HTTP server of one data set, as a coordinator serves it, that can be made to misbehave. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { digestOf, fileBytesOf, filesOf } from '../layout.js';
import { type SyntheticImages } from './synthetic-images.js';

export interface ServedRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** What to do with one request instead of answering it; true when it was dealt with. */
export type Misbehaviour = (
  request: { readonly count: number; readonly file: Buffer | undefined; readonly raw: IncomingMessage },
  response: ServerResponse,
) => boolean;

export interface FileServer {
  readonly url: string;
  readonly requests: ServedRequest[];
  misbehave: Misbehaviour;
  close(): Promise<void>;
}

export async function startFileServer(
  images: SyntheticImages,
  options: { token?: string; port?: number } = {},
): Promise<FileServer> {
  const { layout, contents } = images;
  const requests: ServedRequest[] = [];
  const manifest = {
    name: layout.name,
    digest: digestOf(layout),
    files: filesOf(layout).map((file) => ({
      name: file.name,
      sha256: file.sha256,
      sizeBytes: fileBytesOf(layout, file),
    })),
  };
  const server = createServer((raw, response) => {
    const path = raw.url ?? '';
    const ifRange = raw.headers['if-range'];
    requests.push({ path, range: raw.headers.range, ifRange: ifRange?.toString() });
    const sha256 = path.split('/').at(-1) ?? '';
    const found = filesOf(layout).find((file) => file.sha256 === sha256);
    const file = found && contents.get(found.name);
    if (served.misbehave({ count: requests.length, file, raw }, response)) return;
    if (options.token !== undefined && raw.headers.authorization !== `Bearer ${options.token}`) {
      response.writeHead(401).end(JSON.stringify({ detail: 'The token is not the one.' }));
    } else if (path === `/v1/data-sets/${manifest.digest}`) response.end(JSON.stringify(manifest));
    else if (file === undefined) response.writeHead(404).end();
    else sendFile(response, { file, etag: `"${sha256}"`, range: raw.headers.range });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const served: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    misbehave: () => false,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return served;
}

function sendFile(
  response: ServerResponse,
  { file, etag, range }: { file: Buffer; etag: string; range: string | undefined },
): void {
  const first = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (first >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const part =
    range === undefined ? {} : { 'content-range': `bytes ${first}-${file.length - 1}/${file.length}` };
  response.writeHead(range === undefined ? 200 : 206, {
    etag,
    'content-length': file.length - first,
    ...part,
  });
  response.end(file.subarray(first));
}
