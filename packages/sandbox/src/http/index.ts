export { closeServer, listen, PortInUseError } from "./listen.ts"
export { createLocalServer, type Handler } from "./serve.ts"
export { basicCredentials, BodyTooLargeError, readBody, send, sendJson } from "./messages.ts"
export { hubSignature, hubSignatureMatches, sameSecret } from "./signature.ts"
