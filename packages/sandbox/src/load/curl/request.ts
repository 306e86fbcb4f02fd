import { readFileSync } from "node:fs"
import { CurlError, type CurlOptions, type DataPiece } from "./options.ts"

export interface CurlRequest {
  readonly url: URL
  readonly method: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer | undefined
}

/** What goes out for one URL of the command line. Throws CurlError 3 for what is no URL, 26 for unreadable files. */
export function buildRequest(target: string, options: CurlOptions): CurlRequest {
  const url = parseUrl(target)
  const data = options.data.length === 0 ? undefined : joinData(options.data)
  if (options.get && data) url.search = [url.search.slice(1), data.toString()].filter(Boolean).join("&")
  const body = options.get ? undefined : data
  const method = options.method ?? (options.head ? "HEAD" : body ? "POST" : "GET")
  const headers = new Map([
    ["Host", url.host],
    ["User-Agent", options.userAgent],
    ["Accept", "*/*"],
  ])
  const user =
    options.user ??
    (url.username ? `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` : undefined)
  if (user !== undefined) headers.set("Authorization", `Basic ${Buffer.from(user).toString("base64")}`)
  if (body) {
    headers.set("Content-Length", String(body.length))
    headers.set("Content-Type", "application/x-www-form-urlencoded")
  }
  for (const line of options.headers) setHeader(headers, line)
  return { url, method, headers, body }
}

function parseUrl(target: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? target : `http://${target}`
  if (!URL.canParse(text)) throw new CurlError(3, "URL rejected: Malformed input to a URL function")
  const url = new URL(text)
  if (url.protocol === "http:" || url.protocol === "https:") return url
  throw new CurlError(1, `Protocol ${JSON.stringify(url.protocol.slice(0, -1))} not supported`)
}

/** `Name: value` sets, `Name:` removes, `Name;` sends it empty. */
function setHeader(headers: Map<string, string>, line: string): void {
  const [, name, sign, value = ""] = /^([^:;]+)([:;])\s*([^]*)$/.exec(line) ?? []
  if (name === undefined) return
  for (const known of headers.keys()) if (known.toLowerCase() === name.toLowerCase()) headers.delete(known)
  if (value !== "" || sign === ";") headers.set(name, value)
}

function joinData(pieces: readonly DataPiece[]): Buffer {
  const parts = pieces.map(pieceBytes)
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from("&"), part])))
}

function pieceBytes({ kind, value }: DataPiece): Buffer {
  if (kind === "raw") return Buffer.from(value)
  if (kind === "urlencode") {
    const at = value.indexOf("=")
    const [name, content] = at < 0 ? ["", value] : [value.slice(0, at), value.slice(at + 1)]
    return Buffer.from(`${name === "" ? "" : `${name}=`}${encodeURIComponent(content)}`)
  }
  if (!value.startsWith("@")) return Buffer.from(value)
  const file = value.slice(1)
  try {
    const bytes = readFileSync(file === "-" ? 0 : file)
    return kind === "binary" ? bytes : Buffer.from(bytes.toString("latin1").replaceAll(/[\r\n]/g, ""), "latin1")
  } catch (error) {
    throw new CurlError(26, `Failed to open ${file}: ${String(error)}`)
  }
}
