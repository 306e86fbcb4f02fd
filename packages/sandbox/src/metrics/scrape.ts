import type { ScrapeConfig } from "./config.ts"
import type { Target } from "./discovery.ts"
import { httpGet, type Dial } from "./http-get.ts"

export interface Scrape {
  readonly text: string
  readonly openMetrics: boolean
}

const accept =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," +
  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

/** One GET of a target's metrics. Rejects with a sentence that names what went wrong. */
export async function fetchMetrics(
  dial: Dial,
  { url, timeout, job }: Pick<Target, "url" | "timeout" | "job">,
): Promise<Scrape> {
  const { text, contentType } = await httpGet({
    dial,
    url: new URL(url),
    timeout,
    followRedirects: job.follow_redirects,
    headers: {
      accept,
      "user-agent": "Prometheus/3.0.0",
      "x-prometheus-scrape-timeout-seconds": String(timeout / 1000),
      ...authorization(job),
    },
  })
  return { text, openMetrics: contentType.startsWith("application/openmetrics-text") }
}

function authorization({ basic_auth, authorization: given }: ScrapeConfig): Record<string, string> {
  if (basic_auth !== undefined) {
    const credentials = Buffer.from(`${basic_auth.username}:${basic_auth.password}`).toString("base64")
    return { authorization: `Basic ${credentials}` }
  }
  return given === undefined ? {} : { authorization: `${given.type} ${given.credentials}` }
}
