const reasons = new WeakMap<object, string>()

/** The same value, with the reason for which it is there: printed as a comment, never sent to the API. */
export function because<T extends object>(why: string, value: T): T {
  reasons.set(value, why)
  return value
}

export const reasonFor = (value: object): string | undefined => reasons.get(value)
