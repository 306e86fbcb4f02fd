export interface CurlOptions {
  readonly urls: readonly string[]
  /** Stated with -X; otherwise it follows from the other flags. */
  readonly method: string | undefined
  readonly headers: readonly string[]
  /** Pieces of -d and its kin, in order. */
  readonly data: readonly DataPiece[]
  /** -G: data goes into the query. */
  readonly get: boolean
  readonly head: boolean
  readonly include: boolean
  readonly output: string | undefined
  readonly writeOut: string | undefined
  readonly fail: "no" | "without-body" | "with-body"
  readonly silent: boolean
  readonly showError: boolean
  readonly verbose: boolean
  readonly location: boolean
  readonly maxRedirects: number
  readonly insecure: boolean
  readonly user: string | undefined
  readonly userAgent: string
  readonly maxTimeMs: number | undefined
  readonly connectTimeoutMs: number | undefined
}

export interface DataPiece {
  /** `text`: @FILE is read and its line ends dropped; `raw`: taken as it is; `binary`: @FILE as it is. */
  readonly kind: "text" | "raw" | "binary" | "urlencode"
  readonly value: string
}

/** A failure with curl's exit code. */
export class CurlError extends Error {
  override readonly name = "CurlError"
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}
