/** A time as the API writes it: RFC 3339 in whole seconds. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}
