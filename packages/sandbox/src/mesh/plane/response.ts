import { Fields, type Framing, type ResponseHead } from "../../http1/index.ts"
import type { HeaderOperations } from "../snapshot.ts"
import { applyChanges, dropHopByHop } from "./headers.ts"
import { httpDate } from "./local-reply.ts"

/** The fields of an application's answer as they go on to the client; changes `head`. */
export function prepareResponse(
  head: ResponseHead,
  framing: Framing,
  server: string,
  upstreamMs: number,
  operations: readonly (HeaderOperations | undefined)[],
): Fields {
  const { fields } = head
  dropHopByHop(fields)
  // A body that only the end of the connection ends is chunked, so that the client's connection can stay.
  if (framing.kind === "close") fields.set("transfer-encoding", "chunked")
  if (!fields.has("date")) fields.append("date", httpDate())
  fields.set("x-envoy-upstream-service-time", String(Math.round(upstreamMs)))
  for (const operation of operations) applyChanges(fields, operation?.response)
  fields.set("server", server)
  return fields
}

/** The fields of an answer that switches protocols. */
export function upgradeFields(head: ResponseHead, upgrade: string, server: string): Fields {
  const fields = new Fields(head.fields.flat.slice())
  dropHopByHop(fields)
  fields.append("connection", "Upgrade")
  fields.append("upgrade", upgrade)
  fields.set("server", server)
  return fields
}

export function encodeChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")])
}

export const lastChunk = Buffer.from("0\r\n\r\n")
