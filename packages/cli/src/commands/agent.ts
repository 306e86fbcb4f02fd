import { Command, InvalidArgumentError } from "commander"
import { onStopSignal } from "../exit-handler.ts"
import { exitCodes } from "../exit-codes.ts"
import type { HostPort } from "../run-agent.ts"
import { layout } from "../sandbox/layout.ts"

interface AgentCommandOptions {
  readonly kubeconfig?: string
  readonly listen: HostPort
  readonly hooksListen: HostPort
  readonly replica?: string
  readonly address?: string
  readonly cacheDir: string
  readonly caBundle?: string
}

/** The agent itself: what runs in the cluster, or beside an embedded world. */
export function agentServerCommand(): Command {
  return new Command("agent")
    .description("run the agent: keeps a cluster equal to Git and steers canaries")
    .option("--kubeconfig <file>", "cluster and account (default: the pod's own)")
    .option("--listen <host:port>", "address of the API and web page", parseAddress, { host: "127.0.0.1", port: 8080 })
    .option("--hooks-listen <host:port>", "address of the receivers of webhooks", parseAddress, {
      host: "127.0.0.1",
      port: 8081,
    })
    .option("--replica <name>", "name of this replica: one of several leads, the others stand by")
    .option("--address <host:port>", "where the other replicas reach this one (default: --listen)")
    .option("--cache-dir <dir>", "where clones of config repositories are kept; may be lost", "/tmp/serin-agent")
    .option("--ca-bundle <file>", "certificate authorities (PEM) beside the system's; read again when it changes")
    .addHelpText("after", "\nExample:\n  serin agent --kubeconfig /tmp/world/agent.kubeconfig --listen 127.0.0.1:8080")
    .action(async (options: AgentCommandOptions) => {
      const { runAgent } = await import("../run-agent.ts")
      const { replica: name, listen, address = `${listen.host}:${listen.port}`, ...rest } = options
      const agent = await runAgent({
        ...rest,
        listen,
        ...(name === undefined ? {} : { replica: { name, address } }),
        webDir: layout.webDir,
        // Started anew by whoever keeps it running, it begins with nothing half done.
        onLost: () => process.exit(exitCodes.failed),
      })
      onStopSignal(() => agent.close())
    })
}

function parseAddress(text: string): HostPort {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError("Write HOST:PORT, e.g. 127.0.0.1:8080.")
  return { host, port: Number(port) }
}
