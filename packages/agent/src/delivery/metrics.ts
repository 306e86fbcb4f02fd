import { Counter, Gauge, Registry } from "prom-client"
import type { AgentParts } from "../parts.ts"

/** The agent's own metrics, for Prometheus: what happened and whether it follows Git. */
export function agentMetrics(parts: AgentParts): { text(): Promise<string>; close(): void } {
  const registry = new Registry()
  const happened = new Counter({
    name: "serin_events_total",
    help: "What the agent did or saw, by kind.",
    labelNames: ["kind", "severity"],
    registers: [registry],
  })
  const ready = new Gauge({
    name: "serin_repository_ready",
    help: "1 when the repository's head is applied whole.",
    labelNames: ["namespace", "repository"],
    registers: [],
    collect() {
      this.reset()
      for (const { metadata } of parts.repositories.list()) {
        const { ready } = parts.sync.of(`${metadata.namespace}/${metadata.name}`)
        this.set({ namespace: metadata.namespace, repository: metadata.name }, ready ? 1 : 0)
      }
    },
  })
  registry.registerMetric(ready)
  // Replicas that stand by say 0 of themselves.
  new Gauge({ name: "serin_leader", help: "1 when this replica leads.", registers: [registry] }).set(1)
  const close = parts.events.subscribe(({ kind, severity }) => happened.inc({ kind, severity }))
  return { text: () => registry.metrics(), close }
}
