/**
 * Waits for two ends of one stream. When both fail, one only because the other closed the stream under it, the error is
 * that of the one that began it.
 */
export async function together(source: Promise<unknown>, consumer: Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled([source, consumer])
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []))
  if (reasons.length === 0) return
  const [cause = reasons[0]] = reasons.filter((reason) => !isConsequence(reason))
  throw cause instanceof Error ? cause : new Error(String(cause))
}

function isConsequence(reason: unknown): boolean {
  const { code, message } = reason as NodeJS.ErrnoException
  return (
    code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ABORT_ERR" || message === "Writable stream closed prematurely"
  )
}
