import { requireFree } from "./api/index.ts"
import { startCore, type CoreOptions } from "./core.ts"
import { startDelivery } from "./delivery/index.ts"

export interface AgentOptions extends CoreOptions {
  /** Address of the API, the web page and the receivers. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Folder of the built web page; absent: none is served. */
  readonly webDir?: string
}

export interface Agent {
  /** Where the API answers. */
  readonly url: string
  /** Lets what has begun end, then stops. */
  close(): Promise<void>
}

/** The whole agent. Waits by itself for what is not there yet; rejects only when its address is taken. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  await requireFree(options.listen)
  const core = startCore(options)
  try {
    const { listen, webDir } = options
    const delivery = await startDelivery(core.parts, {
      listen,
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
