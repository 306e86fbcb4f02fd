import type { CaseSession } from "../contract/harness/case.ts"
import { compare } from "../contract/harness/compare.ts"
import type { Contract, ContractTarget } from "../contract/harness/contract.ts"
import type { RunOptions } from "./suite.ts"

type Started<T> = T & { close(): Promise<void> }

export interface Servers<T> {
  readonly real: () => Promise<Started<T>>
  readonly embedded: () => Promise<Started<T>>
}

/**
 * Compares a contract's answers on the real server and on the embedded one, as far as a run asks for them. `also` is done with
 * the real one after that. Whatever fails, what was started is stopped.
 */
export async function compareBoth<S extends CaseSession, T extends ContractTarget>(
  contract: Contract<S, T>,
  start: Servers<T>,
  { filter, target, update, report, print }: RunOptions,
  also?: (real: T) => Promise<void>,
): Promise<void> {
  const started: Started<T>[] = []
  const begin = async (server: () => Promise<Started<T>>): Promise<T> => {
    const one = await server()
    started.push(one)
    return one
  }
  try {
    const real = target === "embedded" ? undefined : await begin(start.real)
    const embedded = target === "real" ? undefined : await begin(start.embedded)
    const servers = { ...(real !== undefined && { real }), ...(embedded !== undefined && { embedded }) }
    await compare({ contract, filter, ...servers, update, report, print })
    if (real !== undefined) await also?.(real)
  } finally {
    for (const one of started.toReversed()) await one.close()
  }
}
