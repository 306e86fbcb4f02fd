/** A time in an answer, as Go writes one; 0 is its time before all times. */
export const goTime = (milliseconds: number): string =>
  milliseconds === 0 ? "0001-01-01T00:00:00Z" : new Date(milliseconds).toISOString()
