/** The text does not follow the exposition format; the whole scrape fails, as in Prometheus. */
export class ExpositionError extends Error {
  override readonly name = "ExpositionError"
}
