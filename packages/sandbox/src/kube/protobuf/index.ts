export { ProtobufDecoder } from "./decode.ts"
