import { requireFree, type Address } from "./api/index.ts"
import { startCore, type CoreOptions } from "./core.ts"
import { startDelivery } from "./delivery/index.ts"

export interface AgentOptions extends CoreOptions {
  /** Address of the API and the web page. */
  readonly listen: Address
  /** Address of the receivers of webhooks. */
  readonly hooksListen: Address
  /** Folder of the built web page; absent: none is served. */
  readonly webDir?: string
}

export interface Agent {
  /** Where the API answers. */
  readonly url: string
  /** Lets what has begun end, then stops. */
  close(): Promise<void>
}

/** The whole agent. Waits by itself for what is not there yet; rejects only when an address of its is taken. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  await requireFree(options.listen)
  await requireFree(options.hooksListen)
  const core = startCore(options)
  try {
    const { listen, hooksListen, webDir } = options
    const delivery = await startDelivery(core.parts, {
      listen,
      hooksListen,
      ready: core.ready,
      ...(webDir === undefined ? {} : { webDir }),
    })
    return {
      url: delivery.url,
      close: async () => {
        await delivery.close()
        await core.close()
      },
    }
  } catch (error) {
    await core.close()
    throw error
  }
}
