import { CurlError, type CurlOptions, type DataPiece } from "./options.ts"

/** Long name by short one. */
const short: Readonly<Record<string, string>> = {
  s: "silent",
  S: "show-error",
  i: "include",
  I: "head",
  X: "request",
  H: "header",
  d: "data",
  o: "output",
  w: "write-out",
  f: "fail",
  v: "verbose",
  L: "location",
  k: "insecure",
  u: "user",
  A: "user-agent",
  m: "max-time",
  G: "get",
  h: "help",
}

const switches = new Set(
  "silent show-error include head fail fail-with-body verbose location insecure get help no-progress-meter".split(" "),
)
const valued = new Set(
  "request header data data-raw data-ascii data-binary data-urlencode output write-out user user-agent max-time connect-timeout max-redirs url".split(
    " ",
  ),
)

interface Parsed {
  readonly on: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  readonly headers: readonly string[]
  readonly data: readonly DataPiece[]
  readonly urls: readonly string[]
}

export const help = `Usage: curl [options] URL...
A small curl for the pods of the embedded world:
  -s -S -v -i -I -f --fail-with-body -L --max-redirs N -k -G
  -X METHOD  -H "Name: value"  -d DATA|@FILE  --data-raw|--data-binary|--data-urlencode DATA
  -o FILE  -w FORMAT  -u USER:PASSWORD  -A AGENT  -m SECONDS  --connect-timeout SECONDS
`

/** Reads curl's command line: long flags, short ones alone or joined (`-fsSL`, `-o/dev/null`). Throws CurlError 2. */
export function parseCurl(args: readonly string[]): CurlOptions | "help" {
  const { on, values, headers, data, urls } = readFlags(args)
  if (on.has("help")) return "help"
  if (urls.length === 0) throw new CurlError(2, "no URL specified")
  const redirects = milliseconds(values, "max-redirs")
  return {
    urls,
    method: values.get("request"),
    headers,
    data,
    get: on.has("get"),
    head: on.has("head"),
    include: on.has("include"),
    output: values.get("output"),
    writeOut: values.get("write-out"),
    fail: on.has("fail-with-body") ? "with-body" : on.has("fail") ? "without-body" : "no",
    silent: on.has("silent"),
    showError: on.has("show-error"),
    verbose: on.has("verbose"),
    location: on.has("location"),
    maxRedirects: redirects === undefined ? 50 : redirects / 1000,
    insecure: on.has("insecure"),
    user: values.get("user"),
    userAgent: values.get("user-agent") ?? "curl/8.0.0",
    maxTimeMs: milliseconds(values, "max-time"),
    connectTimeoutMs: milliseconds(values, "connect-timeout"),
  }
}

function readFlags(args: readonly string[]): Parsed {
  const on = new Set<string>()
  const values = new Map<string, string>()
  const headers: string[] = []
  const data: DataPiece[] = []
  const urls: string[] = []
  const set = (name: string, value: string): void => {
    if (name === "header") headers.push(value)
    else if (name === "url") urls.push(value)
    else if (name.startsWith("data")) data.push({ kind: dataKind(name), value })
    else values.set(name, value)
  }
  const queue = [...args]
  const valueOf = (flag: string): string => {
    const value = queue.shift()
    if (value === undefined) throw new CurlError(2, `option ${flag}: requires parameter`)
    return value
  }
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") {
      urls.push(...queue.splice(0))
    } else if (arg.startsWith("--")) {
      const name = arg.slice(2)
      if (switches.has(name)) on.add(name)
      else if (valued.has(name)) set(name, valueOf(arg))
      else throw new CurlError(2, `option ${arg}: is unknown`)
    } else if (arg.startsWith("-") && arg !== "-") {
      for (let at = 1; at < arg.length; at++) {
        const name = short[arg.charAt(at)]
        if (name === undefined) throw new CurlError(2, `option -${arg.charAt(at)}: is unknown`)
        if (switches.has(name)) {
          on.add(name)
          continue
        }
        const joined = arg.slice(at + 1)
        set(name, joined === "" ? valueOf(`-${arg.charAt(at)}`) : joined)
        break
      }
    } else urls.push(arg)
  }
  return { on, values, headers, data, urls }
}

function dataKind(name: string): DataPiece["kind"] {
  if (name === "data-raw") return "raw"
  if (name === "data-binary") return "binary"
  return name === "data-urlencode" ? "urlencode" : "text"
}

function milliseconds(values: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = values.get(name)
  if (text === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(text)) throw new CurlError(2, `option --${name}: expected a proper numerical parameter`)
  return Number(text) * 1000
}
