import type { ScrapeConfig } from "./config.ts"
import type { Target } from "./discovery/index.ts"
import { httpGet, type Dial } from "./http-get.ts"
import { protocols } from "./scrape-config.ts"
import { version } from "./version.ts"

type Format = "text" | "openmetrics" | "protobuf"

export interface Scrape {
  /** Decompressed. */
  readonly body: Buffer
  readonly format: Format
}

/** One GET of a target's metrics. Rejects with a sentence that names what went wrong. */
export async function fetchMetrics(
  dial: Dial,
  { url, timeout, job }: Pick<Target, "url" | "timeout" | "job">,
  signal: AbortSignal,
): Promise<Scrape> {
  const { body, contentType } = await httpGet({
    dial,
    url: new URL(url),
    timeout,
    signal,
    followRedirects: job.follow_redirects,
    compressed: job.enable_compression,
    ...(job.body_size_limit > 0 && { maxBytes: job.body_size_limit }),
    headers: {
      accept: acceptOf(job),
      "user-agent": `Prometheus/${version}`,
      "x-prometheus-scrape-timeout-seconds": String(timeout / 1000),
      ...authorization(job),
    },
  })
  return { body, format: formatOf(contentType, job) }
}

/** What the job wants, best first, and at last anything. Newer formats are told how names of other letters are to be written. */
function acceptOf({ scrape_protocols, metric_name_escaping_scheme: scheme }: ScrapeConfig): string {
  const first = 7
  const wanted = scrape_protocols.map((name, index) => {
    const escaping = name.endsWith("1.0.0") ? `;escaping=${scheme}` : ""
    return `${protocols[name]}${escaping};q=0.${String(first - index)}`
  })
  return [...wanted, `*/*;q=0.${String(first - wanted.length)}`].join(",")
}

/** Throws Error for an answer in none of the formats, unless the job says what to take it for. */
function formatOf(contentType: string, { fallback_scrape_protocol: fallback }: ScrapeConfig): Format {
  const type = contentType.split(";")[0]?.trim().toLowerCase()
  const isUnknownVersion = /;\s*version\s*=\s*"?2\./.test(contentType)
  if (type === "application/openmetrics-text" && !isUnknownVersion) return "openmetrics"
  if (type === "application/vnd.google.protobuf") return "protobuf"
  if (type === "text/plain") return "text"
  if (fallback === "PrometheusProto") return "protobuf"
  if (fallback !== undefined) return fallback.startsWith("OpenMetrics") ? "openmetrics" : "text"
  throw new Error(
    contentType === ""
      ? "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target"
      : `received unsupported Content-Type ${JSON.stringify(contentType)} and no fallback_scrape_protocol specified for target`,
  )
}

function authorization({ basic_auth, authorization: given }: ScrapeConfig): Record<string, string> {
  if (basic_auth !== undefined) {
    const credentials = Buffer.from(`${basic_auth.username}:${basic_auth.password}`).toString("base64")
    return { authorization: `Basic ${credentials}` }
  }
  return given === undefined ? {} : { authorization: `${given.type} ${given.credentials}` }
}
