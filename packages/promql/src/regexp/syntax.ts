/** Code points from the first to the last, both included. */
export type CodeRange = readonly [first: number, last: number]

/** Characters: ranges, rising and apart from each other, and classes of Unicode that JavaScript knows by name (`L`, `Script=Greek`). */
export interface CharacterSet {
  readonly ranges: readonly CodeRange[]
  readonly properties: readonly { readonly name: string; readonly negated: boolean }[]
  readonly negated: boolean
}

/** A pattern of Go's regular expressions (RE2), with its flags resolved into what they mean. */
export type Pattern =
  | { readonly kind: "empty" }
  | { readonly kind: "characters"; readonly set: CharacterSet }
  | { readonly kind: "textStart" | "textEnd" | "lineStart" | "lineEnd" | "boundary" | "noBoundary" }
  | { readonly kind: "sequence" | "alternatives"; readonly of: readonly Pattern[] }
  /** `number` counts opening parentheses, from 1 on. */
  | { readonly kind: "group"; readonly of: Pattern; readonly number: number; readonly name?: string }
  | {
      readonly kind: "repeat"
      readonly of: Pattern
      readonly least: number
      readonly most: number
      readonly greedy: boolean
    }

export const lastCodePoint = 0x10ffff

/** A pattern that is none. Worded as Prometheus words it: "error parsing regexp: missing closing ): `^(?:()$`". */
export class RegexpError extends Error {
  override readonly name = "RegexpError"
  constructor(reason: string, options?: ErrorOptions) {
    super(`error parsing regexp: ${reason}`, options)
  }
}
