import { fetch } from "undici"
import { z } from "zod"
import { fail, ok, SerinError, type Result } from "../errors.ts"
import type { Outbound } from "../outbound/index.ts"

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Prometheus' own answer, passed on as it came. */
export interface RawAnswer {
  readonly status: number
  readonly body: string
}

/** What the agent asks of Prometheus, or of anything that speaks its HTTP API. Failures are values. */
export interface PrometheusClient {
  /** An instant query at `at` (Unix milliseconds). A scalar answers as one sample without labels. */
  instant(query: string, at: number, signal?: AbortSignal): Promise<Result<readonly Sample[]>>
  /** `path` is `query` or `query_range`; for the API's users, who want Prometheus' own JSON. */
  raw(path: "query" | "query_range", parameters: Readonly<Record<string, string>>): Promise<Result<RawAnswer>>
}

const answer = z.object({
  status: z.enum(["success", "error"]),
  errorType: z.string().optional(),
  error: z.string().optional(),
  data: z.object({ resultType: z.string(), result: z.unknown() }).optional(),
})
const point = z.tuple([z.number(), z.string()])
const vector = z.array(z.object({ metric: z.record(z.string(), z.string()), value: point }))

const limitMs = 10_000

/** `url` is asked at each call, for the setting may change. */
export function createPrometheusClient(url: () => string | undefined, outbound: Outbound): PrometheusClient {
  const ask = async (
    path: string,
    parameters: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Result<RawAnswer>> => {
    const base = url()
    if (base === undefined) {
      return fail(
        new SerinError("PROMETHEUS_UNREACHABLE", "no Prometheus is configured", {
          next: "Run `serin install` with --prometheus-url.",
        }),
      )
    }
    const target = new URL(`api/v1/${path}`, base.endsWith("/") ? base : `${base}/`)
    const limit = AbortSignal.timeout(limitMs)
    try {
      const response = await fetch(target, {
        method: "POST",
        body: new URLSearchParams(parameters),
        dispatcher: await outbound.dispatcher(),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      return ok({ status: response.status, body: await response.text() })
    } catch (error) {
      const { why, ...next } = outbound.trouble(error, target)
      const reason = limit.aborted ? `no answer within ${limitMs / 1000} s` : why
      return fail(
        new SerinError("PROMETHEUS_UNREACHABLE", `Prometheus at ${target.origin} cannot be reached: ${reason}`, {
          cause: error,
          ...next,
        }),
      )
    }
  }
  return {
    raw: async (path, parameters) => {
      const asked = await ask(path, parameters)
      if (!asked.ok) return asked
      const refused = refusal(asked.value, parameters["query"])
      return refused ? fail(refused) : asked
    },
    instant: async (query, at, signal) => {
      const asked = await ask("query", { query, time: String(at / 1000) }, signal)
      if (!asked.ok) return asked
      const refused = refusal(asked.value, query)
      return refused ? fail(refused) : readSamples(asked.value)
    },
  }
}

function refusal({ status, body }: RawAnswer, query = ""): SerinError | undefined {
  const parsed = parse(body)
  if (parsed?.status === "success") return undefined
  const error = parsed?.error ?? `it answered ${status}`
  if (status === 400 || parsed?.errorType === "bad_data") {
    const position = queryErrorPosition(error, query)
    return new SerinError(
      "PROMETHEUS_QUERY",
      error,
      position ? { position } : { next: "Correct the parameter that the message names." },
    )
  }
  return new SerinError("PROMETHEUS_FAILED", `Prometheus could not answer: ${error}`)
}

/**
 * The place in the query that a parse error names: `…: 1:66: parse error: …`. Of a parenthesis that closes nothing Prometheus
 * names the place behind it; people are shown the parenthesis.
 */
export function queryErrorPosition(message: string, query: string): { line: number; column: number } | undefined {
  const place = /(?:^|[\s:"])(\d+):(\d+): parse error: (.*)/.exec(message)
  if (!place) return undefined
  const [line, column] = [Number(place[1]), Number(place[2])]
  const text = query.split("\n")[line - 1] ?? ""
  const isBehind = (place[3] ?? "").startsWith("unexpected right parenthesis") && text.charAt(column - 1) !== ")"
  return { line, column: isBehind && text.charAt(column - 2) === ")" ? column - 1 : column }
}

function readSamples({ body }: RawAnswer): Result<readonly Sample[]> {
  const data = parse(body)?.data
  if (data?.resultType === "scalar") {
    const scalar = point.safeParse(data.result)
    if (scalar.success) return ok([{ labels: {}, value: Number(scalar.data[1]) }])
  }
  const series = vector.safeParse(data?.result)
  if (!series.success)
    return fail(
      new SerinError(
        "PROMETHEUS_FAILED",
        `Prometheus answered a ${data?.resultType ?? "thing"} where an instant vector was asked for`,
      ),
    )
  return ok(series.data.map(({ metric, value }) => ({ labels: metric, value: number(value[1]) })))
}

/** Prometheus writes infinities as `+Inf` and `-Inf`. */
const number = (text: string): number => (text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text))

function parse(body: string): z.infer<typeof answer> | undefined {
  try {
    return answer.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}
