import { z } from "zod"
import type { Log } from "../../log.ts"
import type { MetricsConfig } from "../config.ts"
import { longestTimer } from "../longest-timer.ts"
import { version } from "../version.ts"
import type { TargetGroup } from "./targets.ts"
import { httpGet, type Dial } from "../http-get.ts"

const list = z.array(z.object({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }))
const timeout = 10_000

/**
 * Asks the servers of `http_sd_configs` for their targets, each at its interval, until the signal aborts. A list that
 * cannot be had leaves the last one standing (Prometheus, "http_sd_config").
 */
export function watchLists(
  config: MetricsConfig,
  dial: Dial,
  onList: (url: string, groups: readonly TargetGroup[]) => void,
  signal: AbortSignal,
  log: Log,
): void {
  const servers = config.scrape_configs.flatMap((job) => job.http_sd_configs)
  for (const { url, refresh_interval } of servers) {
    let timer: NodeJS.Timeout | undefined
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true })
    const ask = async (): Promise<void> => {
      try {
        const groups = await read(dial, url, refresh_interval, signal)
        if (!signal.aborted) onList(url, groups)
      } catch (error) {
        if (!signal.aborted) log("targets could not be listed", { url, error })
      }
      if (!signal.aborted) timer = setTimeout(() => void ask(), Math.min(refresh_interval, longestTimer))
    }
    void ask()
  }
}

async function read(dial: Dial, url: string, refresh: number, signal: AbortSignal): Promise<TargetGroup[]> {
  const headers = {
    accept: "application/json",
    "user-agent": `Prometheus/${version}`,
    "x-prometheus-refresh-interval-seconds": String(refresh / 1000),
  }
  const { body, contentType } = await httpGet({
    dial,
    url: new URL(url),
    headers,
    timeout,
    followRedirects: true,
    signal,
  })
  if (!/^application\/json\b/.test(contentType))
    throw new Error(`unsupported content type ${JSON.stringify(contentType)}`)
  return list.parse(JSON.parse(body.toString()))
}
