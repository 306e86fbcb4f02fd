export { PROTOBUF, ProtobufDecoder } from "./decode.ts"
