/** Codes of the OCI distribution specification ("Error Codes"), and docker-distribution's where the specification has none. */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TAG_INVALID: 400,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
} as const

export type RegistryErrorCode = keyof typeof statuses

/** A failure that the client is told as `{"errors":[{code, message, detail}]}`. */
export class RegistryError extends Error {
  override readonly name = "RegistryError"
  readonly status: number
  constructor(
    readonly code: RegistryErrorCode,
    message: string,
    readonly detail: unknown = null,
    readonly headers: Readonly<Record<string, string>> = {},
    status: number = statuses[code],
  ) {
    super(message)
    this.status = status
  }

  toJSON(): unknown {
    return { errors: [{ code: this.code, message: this.message, detail: this.detail }] }
  }
}
