import { PromqlError, PromqlParseError } from "@serin/promql"

type ErrorType = "bad_data" | "execution" | "timeout" | "internal" | "unavailable"

const statuses: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  internal: 500,
  unavailable: 500,
}

/** A request that gets `{"status":"error"}`; types and status codes as Prometheus has them ("HTTP API"). */
export class ApiError extends Error {
  override readonly name = "ApiError"
  constructor(
    readonly errorType: ErrorType,
    message: string,
  ) {
    super(message)
  }

  get status(): number {
    return statuses[this.errorType]
  }
}

export const badData = (message: string): ApiError => new ApiError("bad_data", message)

/** A parameter that is not what it has to be. */
export const badParameter = (name: string, message: string): ApiError =>
  badData(`invalid parameter ${JSON.stringify(name)}: ${message}`)

/** Runs what parses the parameter; a mistake in it is the parameter's. */
export function inParameter<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    const isItsOwn =
      error instanceof PromqlParseError || (error instanceof PromqlError && error.errorType === "bad_data")
    throw isItsOwn ? badParameter(name, error.message) : error
  }
}

/** What a thrown error is to a client; undefined when it is none of theirs. */
export function apiErrorOf(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (error instanceof PromqlParseError) return badData(error.message)
  return error instanceof PromqlError ? new ApiError(error.errorType, error.message) : undefined
}
