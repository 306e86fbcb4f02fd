import { readFileSync } from "node:fs"
import { durationMs } from "../duration.ts"
import { UsageError, type LoadOptions } from "./options.ts"

const switches = new Set(["h2", "disable-compression", "disable-keepalive", "disable-redirects"])
const valued = new Set("n c q z o m H t A d D T U a x host cpus".split(" "))

/** Reads hey's command line, with flags as Go programs take them: `-n 5`, `-n=5`, `--n 5`. Throws UsageError. */
export function parseArguments(args: readonly string[]): LoadOptions {
  const { flags, headers, rest } = readFlags(args)
  const [target] = rest
  if (target === undefined) throw new UsageError("no URL was given")
  if (rest.length > 1) throw new UsageError(`one URL is expected, flags come before it: ${rest.slice(1).join(" ")}`)
  if (flags.has("h2")) throw new UsageError("HTTP/2 (-h2) is not supported")
  const workers = count(flags, "c", 50)
  const durationText = flags.get("z")
  const duration = durationText === undefined ? undefined : durationMs(durationText)
  if (durationText !== undefined && !duration)
    throw new UsageError(`-z ${durationText} is no duration such as 10s or 3m`)
  const requests = duration === undefined ? count(flags, "n", 200) : Infinity
  if (requests < workers) throw new UsageError("-n cannot be less than -c")
  const output = flags.get("o") ?? ""
  if (output !== "" && output !== "csv") throw new UsageError(`-o ${output}: csv is the only other output`)
  const seconds = decimal(flags, "t", 20)
  const rate = decimal(flags, "q", 0)
  return {
    url: parseUrl(target),
    method: (flags.get("m") ?? "GET").toUpperCase(),
    headers: headerFields(flags, headers),
    body: body(flags),
    requests,
    workers,
    rate: rate > 0 ? rate : undefined,
    durationMs: duration,
    timeoutMs: seconds > 0 ? seconds * 1000 : undefined,
    csv: output === "csv",
    proxy: flags.get("x"),
    keepAlive: !flags.has("disable-keepalive"),
    followRedirects: !flags.has("disable-redirects"),
  }
}

function readFlags(args: readonly string[]) {
  const flags = new Map<string, string>()
  const headers: string[] = []
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ""
    if (arg === "--") {
      at++
      break
    }
    if (!arg.startsWith("-") || arg === "-") break
    const [, name = "", , inline] = /^--?([^=]*)(=([^]*))?$/.exec(arg) ?? []
    if (switches.has(name)) {
      if (inline !== "false") flags.set(name, "true")
      continue
    }
    if (!valued.has(name)) throw new UsageError(`unknown flag: ${arg}`)
    const value = inline ?? args[++at]
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`)
    if (name === "H") headers.push(value)
    else flags.set(name, value)
  }
  return { flags, headers, rest: args.slice(at) }
}

function decimal(flags: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const text = flags.get(name)
  if (text === undefined) return otherwise
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(`-${name} ${text} is no number`)
  return Number(text)
}

function count(flags: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const value = decimal(flags, name, otherwise)
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`-${name} must be a whole number from 1 up`)
  return value
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`${text} is no URL; write it like http://podinfo.test:9898/version`)
  const url = new URL(text)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new UsageError(`${text}: only http and https are supported`)
  }
  return url
}

function headerFields(flags: ReadonlyMap<string, string>, stated: readonly string[]): [string, string][] {
  const fields: [string, string][] = []
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) fields.push([name, value])
  }
  set("Host", flags.get("host"))
  set("Content-Type", flags.get("T") ?? "text/html")
  set("Accept", flags.get("A"))
  const user = flags.get("a")
  set("Authorization", user === undefined ? undefined : `Basic ${Buffer.from(user).toString("base64")}`)
  set("User-Agent", `${flags.has("U") ? `${flags.get("U") ?? ""} ` : ""}hey/0.0.1`)
  for (const field of stated) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~\w]+):\s*(.*)$/.exec(field) ?? []
    if (name === undefined || value === undefined) throw new UsageError(`-H ${field} is not of the form "name: value"`)
    // What is stated replaces a default.
    const at = fields.findIndex(([other]) => other.toLowerCase() === name.toLowerCase())
    if (at >= 0) fields.splice(at, 1)
    fields.push([name, value])
  }
  return fields
}

function body(flags: ReadonlyMap<string, string>): Buffer {
  const file = flags.get("D")
  if (file === undefined) return Buffer.from(flags.get("d") ?? "")
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UsageError(`-D ${file} cannot be read: ${String(error)}`)
  }
}
