/** The five fields of a schedule and the descriptors like `@daily`, read as cron libraries for Go read them. */
interface Bounds {
  readonly low: number
  readonly high: number
  readonly names?: readonly string[]
}

const fields: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { low: 0, high: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
]

const descriptors: ReadonlySet<string> = new Set([
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
])

class CronError extends Error {}

/** What is wrong with a schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    checkSchedule(schedule)
    return undefined
  } catch (error) {
    if (error instanceof CronError) return error.message
    throw error
  }
}

function checkSchedule(schedule: string): void {
  const [, zone, zoned] = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(schedule) ?? []
  if (zone !== undefined && !isTimeZone(zone)) {
    throw new CronError(`provided bad location ${zone}: unknown time zone ${zone}`)
  }
  const text = (zoned ?? schedule).trim()
  if (text.startsWith("@")) return checkDescriptor(text)
  const parts = text.split(/\s+/).filter((part) => part !== "")
  if (parts.length !== fields.length) {
    throw new CronError(`expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(" ")}]`)
  }
  for (const [index, bounds] of fields.entries()) {
    for (const range of (parts[index] ?? "").split(",").filter((one) => one !== "")) checkRange(range, bounds)
  }
}

function checkDescriptor(text: string): void {
  if (descriptors.has(text)) return
  const [, duration] = /^@every (.*)$/.exec(text) ?? []
  if (duration === undefined) throw new CronError(`unrecognized descriptor: ${text}`)
  if (/^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return
  throw new CronError(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`)
}

/** `*`, `5`, `1-5`, each with `/step` or without. */
function checkRange(text: string, bounds: Bounds): void {
  const [range = "", ...steps] = text.split("/")
  const [from = "", ...to] = range.split("-")
  let low = bounds.low
  let high = bounds.high
  if (from !== "*" && from !== "?") {
    low = numberOf(from, bounds)
    if (to.length > 1) throw new CronError(`too many hyphens: ${text}`)
    high = to[0] === undefined ? low : numberOf(to[0], bounds)
  }
  if (steps.length > 1) throw new CronError(`too many slashes: ${text}`)
  const step = steps[0] === undefined ? 1 : wholeNumber(steps[0])
  if (steps.length === 1 && to.length === 0) high = bounds.high
  if (low < bounds.low) throw new CronError(`beginning of range (${low}) below minimum (${bounds.low}): ${text}`)
  if (high > bounds.high) throw new CronError(`end of range (${high}) above maximum (${bounds.high}): ${text}`)
  if (low > high) throw new CronError(`beginning of range (${low}) beyond end of range (${high}): ${text}`)
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`)
}

function numberOf(text: string, { low, names }: Bounds): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1
  return named >= 0 ? low + named : wholeNumber(text)
}

function wholeNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) {
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  }
  const number = Number(text)
  if (number < 0) throw new CronError(`negative number (${number}) not allowed: ${text}`)
  return number
}

/** True for names of the time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}
