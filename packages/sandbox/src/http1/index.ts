export { BodyScanner, requestFraming, type Framing } from "./body.ts"
export { ClientConnection, type ResponseHandler } from "./client.ts"
export { Fields, listHas } from "./fields.ts"
export {
  findHeadEnd,
  MalformedMessage,
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
} from "./head.ts"
