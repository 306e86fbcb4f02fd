/** The query is well-formed but cannot be answered on this data, or costs more than allowed (`execution` errors of Prometheus). */
export class PromqlError extends Error {
  override readonly name = "PromqlError"
  constructor(
    readonly errorType: "bad_data" | "execution" | "timeout",
    message: string,
  ) {
    super(message)
  }
}
