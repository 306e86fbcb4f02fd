import { ApiError } from "../../kube/index.ts"

/** The object, or undefined if there is none. Other failures reject. */
export async function present<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (isReason(error, "NotFound")) return undefined
    throw error
  }
}

/** Runs an action on an object that somebody else may have removed: then there is nothing left to do. */
export async function missing(acting: Promise<unknown>): Promise<void> {
  await present(acting)
}

function isReason(error: unknown, reason: string): boolean {
  return error instanceof ApiError && error.reason === reason
}
