/** Steps from the root of a document to a value: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[]

type Json = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (Array.isArray(value) && typeof step === "number") value = value[step]
    else if (isRecord(value)) value = value[step]
    else return undefined
  }
  return value
}

/** A copy with one value set; maps missing on the way are made. */
export function withPath(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(root)) return root.map((item, index) => (index === step ? withPath(item, rest, value) : item))
  const record = isRecord(root) ? root : {}
  return { ...record, [step]: withPath(record[step], rest, value) }
}

/** A copy with one entry removed; a map that loses its last entry goes with it. */
export function withoutPath(root: unknown, path: Path): unknown {
  const [step, ...rest] = path
  if (step === undefined) return root
  if (Array.isArray(root)) return root.map((item, index) => (index === step ? withoutPath(item, rest) : item))
  if (!isRecord(root) || !(step in root)) return root
  const inner = root[step]
  const [last] = rest
  const emptied =
    rest.length === 1 && isRecord(inner) && Object.keys(inner).length === 1 && last !== undefined && last in inner
  if (rest.length > 0 && !emptied) return { ...root, [step]: withoutPath(inner, rest) }
  return Object.fromEntries(Object.entries(root).filter(([key]) => key !== String(step)))
}
