/** A case in which the embedded part may answer otherwise than the real one. Both answers are kept as golden files. */
export interface AllowedDifference {
  /** `suite/name` */
  readonly case: string
  /** What differs, for a user. */
  readonly what: string
  readonly reason: string
  /** Where the embedded part's answer is laid down: a specification with its section, or another version. */
  readonly source: string
}
