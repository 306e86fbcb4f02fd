// Packet lines (gitprotocol-common, "pkt-line Format"): what is sent, and what came as a person reads it.

export const flush = "0000"
export const delimiter = "0001"

/** One packet line; text gets the line end that git gives it. */
export function packet(line: string | Buffer): Buffer {
  const content = typeof line === "string" ? Buffer.from(`${line}\n`) : line
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content])
}

/** Packet lines with `flush` and `delimiter` among them; a buffer is taken as it is (a pack). */
export function packets(...lines: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    lines.map((line) => {
      if (typeof line !== "string") return line
      return line === flush || line === delimiter ? Buffer.from(line) : packet(line)
    }),
  )
}

/**
 * Capabilities that every git of the last years has, with what of their values says something. The others differ from
 * version to version; `agent` and `session-id` name one.
 */
const capabilities = new Set([
  "agent",
  "allow-reachable-sha1-in-want",
  "allow-tip-sha1-in-want",
  "atomic",
  "delete-refs",
  "fetch",
  "filter",
  "include-tag",
  "ls-refs",
  "multi_ack",
  "multi_ack_detailed",
  "no-done",
  "no-progress",
  "no-thin",
  "object-format",
  "ofs-delta",
  "push-options",
  "quiet",
  "report-status",
  "report-status-v2",
  "server-option",
  "shallow",
  "side-band",
  "side-band-64k",
  "symref",
  "thin-pack",
])

export function knownCapabilities(text: string): string {
  const known = text
    .split(" ")
    .map((word) => word.trim())
    .filter((word) => capabilities.has(word.replace(/=.*/, "")))
    .map((word) => word.replace(/^agent=.*/, "agent=<git>").replace(/^fetch=.*/, "fetch=…"))
  return known.sort().join(" ")
}

/** Packet lines as text, one a line; the packs and the messages on side bands are told by what is in them. */
export function readable(body: Buffer): string {
  const lines: string[] = []
  const pack: Buffer[] = []
  const reports: Buffer[] = []
  let at = 0
  let isV2 = false
  while (at < body.length) {
    if (body.subarray(at, at + 4).toString("latin1") === "PACK") {
      pack.push(body.subarray(at))
      break
    }
    const length = Number.parseInt(body.subarray(at, at + 4).toString("latin1"), 16)
    if (Number.isNaN(length)) {
      lines.push(`no packet line: ${body.subarray(at).toString("utf8")}`)
      break
    }
    if (length < 4) {
      lines.push(String(length).padStart(4, "0"))
      at += 4
      continue
    }
    const content = body.subarray(at + 4, at + length)
    at += length
    const band = content[0]
    // Band 2 is progress: how much of it there is depends on the machine.
    if (band === 2) continue
    if (band === 3) lines.push(`band 3: ${content.subarray(1).toString("utf8").trimEnd()}`)
    else if (band === 1) (isReport(content, reports) ? reports : pack).push(content.subarray(1))
    else {
      const line = content.toString("utf8").replace(/\n$/, "")
      isV2 ||= line === "version 2"
      lines.push(line.includes("\0") ? withCapabilities(line) : line)
    }
  }
  if (pack.length > 0) lines.push(describePack(Buffer.concat(pack)))
  if (reports.length > 0)
    lines.push(
      ...readable(Buffer.concat(reports))
        .split("\n")
        .map((line) => `band 1: ${line}`),
    )
  return isV2 ? onlyKnown(lines).join("\n") : lines.join("\n")
}

/** A push's report is packet lines within band 1; a pack is not. */
function isReport(content: Buffer, reports: readonly Buffer[]): boolean {
  return reports.length > 0 || /^[0-9a-f]{4}unpack /.test(content.subarray(1, 15).toString("latin1"))
}

function withCapabilities(line: string): string {
  const [ref = "", words = ""] = line.split("\0")
  return `${ref}\n  ${knownCapabilities(words)}`
}

/** The advertisement of version 2 has a line for each capability. */
function onlyKnown(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    if (/^(#|version|\d{4}$)/.test(line)) return [line]
    const known = knownCapabilities(line)
    return known === "" ? [] : [known]
  })
}

function describePack(pack: Buffer): string {
  if (pack.subarray(0, 4).toString("latin1") !== "PACK") return `no pack: ${pack.toString("utf8")}`
  return `pack of version ${String(pack.readUInt32BE(4))} with ${String(pack.readUInt32BE(8))} objects`
}
