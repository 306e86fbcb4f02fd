/** Names for what differs from run to run, by the order in which it shows: the first of a kind is `<kind-1>` wherever it does. */
export class Numbering {
  readonly #names = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  of(kind: string, value: string): string {
    const known = this.#names.get(`${kind} ${value}`)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    const name = `<${kind}-${String(count)}>`
    this.#names.set(`${kind} ${value}`, name)
    return name
  }
}
