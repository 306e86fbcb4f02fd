import type { Fields } from "../../http1/index.ts"
import type { HeaderChanges } from "../snapshot.ts"

/** Removes first, then sets, then adds: Envoy's order within one set of operations. Names are lower case. */
export function applyChanges(fields: Fields, changes: HeaderChanges | undefined): void {
  if (!changes) return
  for (const name of changes.remove) fields.remove(name)
  for (const [name, value] of Object.entries(changes.set)) fields.set(name, value)
  for (const [name, value] of Object.entries(changes.add)) fields.append(name, value)
}

const hopByHop = ["connection", "keep-alive", "proxy-connection", "upgrade", "te"]

/** Removes what concerns one connection only (RFC 9110 section 7.6.1); the body's framing stays. */
export function dropHopByHop(fields: Fields): void {
  const listed = fields.joined("connection")
  if (listed !== undefined && listed !== "keep-alive" && listed !== "close") {
    for (const item of listed.split(",")) {
      const name = item.trim().toLowerCase()
      if (name !== "" && name !== "transfer-encoding" && name !== "content-length" && name !== "host")
        fields.remove(name)
    }
  }
  for (const name of hopByHop) if (fields.has(name)) fields.remove(name)
}
