/**
 * Header fields of one message in their order, names in lower case (as HTTP/2 has them and Envoy sends them). A flat
 * list beats a map here: messages carry about ten fields, and a proxy mostly copies them.
 */
export class Fields {
  /** Name, value, name, value, … */
  readonly flat: string[]

  constructor(flat: string[] = []) {
    this.flat = flat
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const { flat } = this
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1]
    return undefined
  }

  /** All values of that name joined as RFC 9110 section 5.3 allows; undefined when there is none. */
  joined(name: string): string | undefined {
    const { flat } = this
    let found: string | undefined
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) found = found === undefined ? flat[i + 1] : `${found},${flat[i + 1]}`
    }
    return found
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  append(name: string, value: string): void {
    this.flat.push(name, value)
  }

  /** Replaces every value of that name; a new name goes to the end. */
  set(name: string, value: string): void {
    const { flat } = this
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] !== name) continue
      flat[i + 1] = value
      this.#removeFrom(name, i + 2)
      return
    }
    flat.push(name, value)
  }

  appendAll(others: Fields): void {
    this.flat.push(...others.flat)
  }

  /** Each in the place of those of its name. */
  setAll(others: Fields): void {
    for (let i = 0; i < others.flat.length; i += 2) this.set(others.flat[i] ?? "", others.flat[i + 1] ?? "")
  }

  remove(name: string): void {
    this.#removeFrom(name, 0)
  }

  copy(): Fields {
    return new Fields(this.flat.slice())
  }

  /** Bytes of the lines. */
  get size(): number {
    let size = 0
    for (const text of this.flat) size += text.length + 2
    return size
  }

  /** `name: value` lines, each with its CRLF. */
  toLines(): string {
    const { flat } = this
    let text = ""
    for (let i = 0; i < flat.length; i += 2) text += `${flat[i]}: ${flat[i + 1]}\r\n`
    return text
  }

  #removeFrom(name: string, start: number): void {
    const { flat } = this
    let to = start
    for (let i = start; i < flat.length; i += 2) {
      const at = flat[i] ?? ""
      if (at === name) continue
      flat[to] = at
      flat[to + 1] = flat[i + 1] ?? ""
      to += 2
    }
    flat.length = to
  }
}

/** Whether a comma-separated list such as `Connection` contains the token (RFC 9110 section 5.6.1), case-insensitive. */
export function listHas(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  if (value === token) return true
  return value.split(",").some((item) => item.trim().toLowerCase() === token)
}
