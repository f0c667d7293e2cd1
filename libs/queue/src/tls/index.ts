export { ensureCertificate, type ServerCertificate } from './certificate.js';
export { connectPinned, pinnedAgent, pinnedFetch, type PinnedAddress } from './pinned-connection.js';
export { startTlsFront, type TlsFront, type TlsFrontOptions } from './tls-front.js';
