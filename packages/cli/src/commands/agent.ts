import { Command, InvalidArgumentError } from "commander"
import { onStopSignal } from "../exit-handler.ts"
import { layout } from "../sandbox/layout.ts"

interface AgentCommandOptions {
  readonly kubeconfig?: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly cacheDir: string
}

/** The agent itself: what runs in the cluster, or beside an embedded world. */
export function agentServerCommand(): Command {
  return new Command("agent")
    .description("run the agent: keeps a cluster equal to Git and steers canaries")
    .option("--kubeconfig <file>", "cluster and account (default: the pod's own)")
    .option("--listen <host:port>", "address of the API and web page", parseAddress, { host: "127.0.0.1", port: 8080 })
    .option("--cache-dir <dir>", "where clones of config repositories are kept; may be lost", "/tmp/serin-agent")
    .addHelpText("after", "\nExample:\n  serin agent --kubeconfig /tmp/world/agent.kubeconfig --listen 127.0.0.1:8080")
    .action(async (options: AgentCommandOptions) => {
      const { runAgent } = await import("../run-agent.ts")
      const agent = await runAgent({ ...options, webDir: layout.webDir })
      onStopSignal(() => agent.close())
    })
}

function parseAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError("Write HOST:PORT, e.g. 127.0.0.1:8080.")
  return { host, port: Number(port) }
}
