/** The parts of a JSON pointer (RFC 6901). */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
}

/** A JSON value without what the pointer names; the same value when there is nothing there. */
export function withoutPointer<T>(value: T, pointer: string): T {
  return remove(value, pointerParts(pointer)) as T
}

function remove(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined || typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) {
    const index = Number(first)
    if (!(index in value)) return value
    return rest.length === 0 ? value.toSpliced(index, 1) : value.with(index, remove(value[index], rest))
  }
  if (!(first in value)) return value
  const { [first]: part, ...others } = value as Record<string, unknown>
  return rest.length === 0 ? others : { ...value, [first]: remove(part, rest) }
}
