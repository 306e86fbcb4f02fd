import { z } from "zod"
import type { KubeObject } from "./kube/index.ts"
import { unreadableEntries } from "./callable/index.ts"
import type { Log } from "./runtime/index.ts"

/** How an image registry's references are really fetched, as k3s' registries.yaml has it. */
export type RegistryMirrors = Readonly<
  Record<string, { readonly endpoint: readonly string[]; readonly rewrite?: Readonly<Record<string, string>> }>
>

/** What `serin install` wrote into ConfigMap serin-system/serin. */
export interface Settings {
  /** Name of this cluster, for `Delivery.spec.owner`. */
  readonly cluster: string
  readonly prometheusUrl?: string
  /** Where people reach the agent's page and API. */
  readonly publicUrl?: string
  readonly registryMirrors: RegistryMirrors
  /** What gates and hooks of canaries may call; nothing unless it is named. */
  readonly outboundAllow: string
}

export const settingsName = { namespace: "serin-system", name: "serin" } as const

export interface SettingsMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

const url = z.url({ protocol: /^https?$/ })
const mirrors = z.record(
  z.string(),
  z.object({ endpoint: z.array(url).min(1), rewrite: z.record(z.string(), z.string()).optional() }),
)

const defaults: Settings = { cluster: "default", registryMirrors: {}, outboundAllow: "" }

/** Settings of a ConfigMap; what is missing or wrong is left at its default, and what is wrong is said. */
export function readSettings(map: SettingsMap | undefined, log: Log): Settings {
  const data = map?.data ?? {}
  const wrong = (name: string) => log("setting ignored: it cannot be read", { configMap: "serin-system/serin", name })
  const optionalUrl = (name: "prometheusUrl" | "publicUrl") => {
    const value = data[name]
    if (value === undefined || value === "") return {}
    const checked = url.safeParse(value)
    if (!checked.success) wrong(name)
    return checked.success ? { [name]: checked.data.replace(/\/+$/, "") } : {}
  }
  const readMirrors = (): RegistryMirrors => {
    const text = data["registry-mirrors"]
    if (text === undefined) return defaults.registryMirrors
    const checked = mirrors.safeParse(parsed(text))
    if (!checked.success) wrong("registry-mirrors")
    return checked.success ? (checked.data as RegistryMirrors) : defaults.registryMirrors
  }
  /** What does not read allows nothing; the other entries stand. */
  const readAllowed = (): string => {
    const text = data["outboundAllow"] ?? defaults.outboundAllow
    if (unreadableEntries(text).length > 0) wrong("outboundAllow")
    return text
  }
  return {
    cluster: data["cluster"] ?? defaults.cluster,
    ...optionalUrl("prometheusUrl"),
    ...optionalUrl("publicUrl"),
    registryMirrors: readMirrors(),
    outboundAllow: readAllowed(),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
