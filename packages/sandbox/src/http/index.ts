export { closeServer, listen } from "./listen.ts"
export { createLocalServer } from "./serve.ts"
export { basicCredentials, BodyTooLargeError, readBody, send, sendJson } from "./messages.ts"
export { hubSignature, hubSignatureMatches, sameSecret } from "./signature.ts"
