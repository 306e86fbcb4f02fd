const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}
const shape = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const order = ["y", "w", "d", "h", "m", "s", "ms"] as const

/** `1h30m` → milliseconds; undefined when it is not a Prometheus duration (units fall, each at most once). */
export function parseDuration(text: string): number | undefined {
  const match = shape.exec(text)
  if (!match || text === "") return undefined
  return order.reduce((total, unit, index) => total + Number(match[index + 1] ?? 0) * (units[unit] ?? 0), 0)
}

/** Milliseconds as Prometheus writes a duration: `1h30m`; years, weeks and days only where nothing smaller is left. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s"
  const negative = milliseconds < 0
  let rest = Math.abs(milliseconds)
  let text = ""
  for (const unit of order) {
    const size = units[unit] ?? 1
    if (/[ywd]/.test(unit) && rest % size !== 0) continue
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return negative ? `-${text}` : text
}
