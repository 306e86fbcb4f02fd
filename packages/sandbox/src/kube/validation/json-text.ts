/**
 * Go's view of a JSON text: what is wrong with it, in the words of its decoder, and which keys an object has twice,
 * which JSON.parse does not tell.
 */
export interface JsonText {
  /** `invalid character '}' looking for beginning of value`. */
  readonly error?: string
  /** Paths of keys that their object has had before: `spec.containers[0].name`. Each once. */
  readonly duplicates: readonly string[]
}

class Malformed extends Error {}

export function scanJson(text: string): JsonText {
  const scanner = new Scanner(text)
  try {
    scanner.document()
    return { duplicates: [...scanner.duplicates] }
  } catch (error) {
    if (error instanceof Malformed) return { error: error.message, duplicates: [] }
    throw error
  }
}

class Scanner {
  readonly duplicates = new Set<string>()
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#value("", "looking for beginning of value")
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected("after top-level value")
  }

  #value(path: string, context: string): void {
    this.#space()
    const first = this.#text[this.#at]
    if (first === "{") this.#object(path)
    else if (first === "[") this.#array(path)
    else if (first === '"') this.#string()
    else if (first === "t") this.#literal("true")
    else if (first === "f") this.#literal("false")
    else if (first === "n") this.#literal("null")
    else if (first !== undefined && /[-0-9]/.test(first)) this.#number()
    else throw this.#unexpected(context)
  }

  #object(path: string): void {
    const keys = new Set<string>()
    this.#at += 1
    this.#space()
    if (this.#take("}")) return
    for (;;) {
      this.#space()
      if (this.#text[this.#at] !== '"') throw this.#unexpected("looking for beginning of object key string")
      const key = this.#string()
      const inner = path === "" ? key : `${path}.${key}`
      if (keys.has(key)) this.duplicates.add(inner)
      keys.add(key)
      this.#space()
      if (!this.#take(":")) throw this.#unexpected("after object key")
      this.#value(inner, "looking for beginning of value")
      this.#space()
      if (this.#take("}")) return
      if (!this.#take(",")) throw this.#unexpected("after object key:value pair")
    }
  }

  #array(path: string): void {
    this.#at += 1
    this.#space()
    if (this.#take("]")) return
    for (let index = 0; ; index += 1) {
      this.#value(`${path}[${index}]`, "looking for beginning of value")
      this.#space()
      if (this.#take("]")) return
      if (!this.#take(",")) throw this.#unexpected("after array element")
    }
  }

  #string(): string {
    const start = this.#at
    for (this.#at += 1; ; this.#at += 1) {
      const character = this.#text[this.#at]
      if (character === '"') break
      if (character === undefined || character < " ") throw this.#unexpected("in string literal")
      if (character !== "\\") continue
      this.#at += 1
      const escape = this.#text[this.#at]
      if (escape === "u") this.#hexDigits()
      else if (escape === undefined || !'"\\/bfnrt'.includes(escape)) throw this.#unexpected("in string escape code")
    }
    this.#at += 1
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  #hexDigits(): void {
    for (let digit = 0; digit < 4; digit += 1) {
      this.#at += 1
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? "")) throw this.#unexpected("in \\u hexadecimal character escape")
    }
  }

  #literal(word: string): void {
    for (let index = 0; index < word.length; index += 1, this.#at += 1) {
      const expected = word[index]
      if (this.#text[this.#at] !== expected) throw this.#unexpected(`in literal ${word} (expecting '${expected}')`)
    }
  }

  #number(): void {
    this.#take("-")
    if (!this.#take("0")) this.#digits("in numeric literal")
    if (this.#take(".")) this.#digits("after decimal point in numeric literal")
    if (this.#take("e") || this.#take("E")) {
      if (!this.#take("+")) this.#take("-")
      this.#digits("in exponent of numeric literal")
    }
  }

  #digits(context: string): void {
    if (!/[0-9]/.test(this.#text[this.#at] ?? "")) throw this.#unexpected(context)
    while (/[0-9]/.test(this.#text[this.#at] ?? "")) this.#at += 1
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at += 1
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #unexpected(context: string): Malformed {
    const character = this.#text[this.#at]
    // In the midst of a word or number Go takes the end for a space.
    if (character === undefined) {
      const inside = /^in (?:literal|numeric|exponent)|^after decimal/.test(context)
      return new Malformed(inside ? `invalid character ' ' ${context}` : "unexpected end of JSON input")
    }
    const shown = character === "'" ? "\\'" : character === '"' ? '"' : JSON.stringify(character).slice(1, -1)
    return new Malformed(`invalid character '${shown}' ${context}`)
  }
}
