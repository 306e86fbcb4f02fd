/** `metric` is a name with a colon; `preprocessor` is a word that stands for something of the query (`start`, `step`, `min_of`, …); an `error` ends the tokens, its text says why. */
export type TokenKind =
  | "identifier"
  | "metric"
  | "aggregator"
  | "keyword"
  | "preprocessor"
  | "operator"
  | "number"
  | "duration"
  | "string"
  | "punctuation"
  | "error"
  | "end"

/** `text` is the source; of a string token `value` is what it denotes. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly value: string
  readonly offset: number
}

export const endOf = (token: Token): number => token.offset + token.text.length
