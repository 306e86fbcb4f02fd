import type { LookupFunction } from "node:net"
import { isIP } from "node:net"
import { rootCertificates } from "node:tls"
import { Client, type Dispatcher } from "undici"
import { fail, messageOf, ok, SerinError, type Result } from "../errors.ts"
import type { AllowList } from "./allow-list.ts"
import { shownPlace, systemResolve, wayTo, type Resolve, type Way } from "./way.ts"

export interface Outgoing {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For all of it: resolving, connecting, and the last byte of the answer. */
  readonly timeoutMs: number
}

export interface Answered {
  /** Without path. */
  readonly host: string
  readonly code: number
  /** One short line of plain text, or the `message` of a JSON object; empty for anything else. */
  readonly text: string
}

export interface PostOptions {
  readonly allow: AllowList
  readonly signal: AbortSignal
  /** PEM: whom to trust beside the system's authorities. */
  readonly authorities?: string | undefined
  readonly resolve?: Resolve
}

const MAX_READ_BYTES = 16_384
const MAX_TEXT = 160

/**
 * Posts to an address of a canary's choice, under the rules for those: only what the list allows, no redirects, no proxy (it would
 * resolve the name anew), a bounded answer. Any status is an answer; a failure names the host and nothing more of the URL.
 */
export async function post(
  outgoing: Outgoing,
  { allow, signal, authorities, resolve = systemResolve }: PostOptions,
): Promise<Result<Answered>> {
  const limit = AbortSignal.timeout(outgoing.timeoutMs)
  const either = AbortSignal.any([signal, limit])
  const way = await wayTo(outgoing.url, allow, resolve, either)
  if (!way.ok) return way
  const url = new URL(outgoing.url)
  const shown = shownPlace(url)
  const client = new Client(url.origin, {
    connect: {
      lookup: onlyTo(way.value),
      timeout: outgoing.timeoutMs,
      ...(authorities === undefined ? {} : { ca: [...rootCertificates, authorities] }),
    },
  })
  try {
    const response = await client.request({
      method: "POST",
      path: `${url.pathname}${url.search}`,
      headers: { "content-type": "application/json", "user-agent": "serin", ...outgoing.headers },
      body: outgoing.body,
      signal: either,
    })
    const text = await firstLine(response, url)
    return ok({ host: shown, code: response.statusCode, text })
  } catch (error) {
    const why = limit.aborted ? `no answer within ${outgoing.timeoutMs / 1000} s` : messageOf(error)
    return fail(new SerinError("HOOK_UNREACHABLE", `${shown} does not answer: ${withoutPath(why, url)}`))
  } finally {
    // Destroyed, not closed: of an answer that does not end the rest is not waited for.
    await client.destroy()
  }
}

/** A resolver that knows one address. */
function onlyTo({ address }: Way): LookupFunction {
  const family = isIP(address)
  return (_host, options, done) =>
    options.all === true ? done(null, [{ address, family }]) : done(null, address, family)
}

async function firstLine({ body, headers }: Dispatcher.ResponseData, url: URL): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    const bytes = chunk as Buffer
    chunks.push(bytes)
    size += bytes.length
    if (size >= MAX_READ_BYTES) break
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_READ_BYTES).toString("utf8")
  const line = plainText(String(headers["content-type"] ?? ""), text)
    .replaceAll(/[\s\p{C}]+/gu, " ")
    .trim()
  return withoutPath(line, url).slice(0, MAX_TEXT)
}

/** A page in HTML tells a person nothing in one line. */
function plainText(type: string, text: string): string {
  if (/^text\/plain\b/i.test(type)) return text
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) return ""
  try {
    const value: unknown = JSON.parse(text)
    const message = typeof value === "object" && value !== null && "message" in value ? value.message : undefined
    return typeof message === "string" ? message : ""
  } catch {
    return ""
  }
}

/** Receivers like to repeat the path they were asked for, and it may be what lets a caller in. */
function withoutPath(text: string, { pathname, search, href }: URL): string {
  const parts = [href, `${pathname}${search}`, pathname, search, decoded(pathname)].filter((part) => part.length > 1)
  return parts.reduce((line, part) => line.replaceAll(part, "…"), text)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
