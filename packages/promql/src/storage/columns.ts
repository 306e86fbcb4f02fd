/** Room for `length` elements at least, and half as much again, so that growing costs little; the rest is zero. */
export function grown<T extends Float64Array | Uint32Array | Uint8Array>(column: T, length: number): T {
  if (length <= column.length) return column
  const wide = Math.max(length, 16, Math.ceil(column.length * 1.5))
  const larger =
    column instanceof Float64Array
      ? new Float64Array(wide)
      : column instanceof Uint32Array
        ? new Uint32Array(wide)
        : new Uint8Array(wide)
  larger.set(column)
  return larger as T
}
