/** The value at `time` on the line between two samples. A counter that was reset between them began at 0. */
export function interpolate(
  before: number,
  beforeTime: number,
  after: number,
  afterTime: number,
  time: number,
  counter: boolean,
): number {
  const from = counter && after < before ? 0 : before
  return from + ((after - from) * (time - beforeTime)) / (afterTime - beforeTime)
}
