/** One constant message with fields. Secrets never go in. */
export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void
