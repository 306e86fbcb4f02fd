import { histogram, percentile, type Answered, type Bucket, type Results } from "./results.ts"
import type { Spread } from "./samples.ts"

const barLength = 40
const percents = [10, 25, 50, 75, 90, 95, 99]

/** The summary in hey's layout, which scripts read. */
export function summary(results: Results, seconds: number): string {
  const { total, bytes, requests } = results
  const sorted = results.latencies.sorted()
  const answered = total.count
  const size =
    bytes > 0 ? [`  Total data:\t${bytes} bytes`, `  Size/request:\t${Math.floor(bytes / answered)} bytes`] : []
  const lines = [
    "",
    "Summary:",
    `  Total:\t${fixed(seconds)} secs`,
    `  Slowest:\t${fixed(total.greatest)} secs`,
    `  Fastest:\t${fixed(total.fastest)} secs`,
    `  Average:\t${fixed(total.average)} secs`,
    `  Requests/sec:\t${fixed(seconds > 0 ? requests / seconds : 0)}`,
    "  ",
    ...size,
    "",
    "Response time histogram:",
    ...bars(histogram(sorted)),
    "",
    "",
    "Latency distribution:",
    ...(sorted.length === 0 ? [] : percents.map((p) => `  ${p}% in ${fixed(percentile(sorted, p))} secs`)),
    "",
    "Details (average, fastest, slowest):",
    detail("DNS+dialup", results.dial),
    detail("DNS-lookup", results.dns),
    detail("req write", results.write),
    detail("resp wait", results.wait),
    detail("resp read", results.read),
    "",
    "Status code distribution:",
    ...[...results.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `  [${status}]\t${count} responses`),
    "",
    ...errors(results.errors),
  ]
  return `${lines.join("\n")}\n`
}

/** The summary's figures for programs; times in seconds. */
export function figures(results: Results, seconds: number) {
  const { total, bytes, requests, latencies, statuses, errors: failures } = results
  const sorted = latencies.sorted()
  return {
    seconds,
    requests,
    answered: total.count,
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    bytes,
    latency: {
      fastest: total.fastest,
      average: total.average,
      slowest: total.greatest,
      ...Object.fromEntries(percents.map((p) => [`p${p}`, percentile(sorted, p)])),
    },
    statuses: Object.fromEntries([...statuses].sort(([a], [b]) => a - b)),
    errors: [...failures].sort(([, a], [, b]) => b - a).map(([message, count]) => ({ message, count })),
  }
}

function fixed(value: number): string {
  return value.toFixed(4)
}

function bars(buckets: readonly Bucket[]): string[] {
  const most = Math.max(1, ...buckets.map(({ count }) => count))
  return buckets.map(({ mark, count }) => {
    return `  ${mark.toFixed(3)} [${count}]\t|${"■".repeat(Math.round((count * barLength) / most))}`
  })
}

function detail(name: string, spread: Spread): string {
  return `  ${name}:\t${fixed(spread.average)} secs, ${fixed(spread.fastest)} secs, ${fixed(spread.greatest)} secs`
}

function errors(counts: ReadonlyMap<string, number>): string[] {
  if (counts.size === 0) return []
  const most = [...counts].sort(([, a], [, b]) => b - a)
  return ["Error distribution:", ...most.map(([message, count]) => `  [${count}]\t${message}`), ""]
}

export const csvHead = "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset"

/** `offset`: when the request began, in seconds since the run did. */
export function csvLine(answer: Answered, offset: number): string {
  const { total, dial, dns, write, wait, read, status } = answer
  return [...[total, dial, dns, write, wait, read].map(fixed), String(status), fixed(offset)].join(",")
}
