import { Command, Option } from "commander"
import { print } from "../command.ts"
import { onStopSignal } from "../exit-handler.ts"
import { outputOption, render, type Format } from "../output.ts"

interface SandboxCommandOptions {
  readonly dataDir?: string
  readonly way?: "namespaces" | "preload"
  readonly verbose?: boolean
  readonly output: Format
}

export function sandboxCommand(): Command {
  return new Command("sandbox")
    .description(
      "an embedded world on this machine: Kubernetes, Istio's rules, registry, git host, builder, Prometheus, Slack inbox",
    )
    .option(
      "--data-dir <dir>",
      "where its state goes; writes kubeconfig and endpoints.json there (default: a fresh temporary folder)",
    )
    .addOption(
      new Option("--way <way>", "how pods run (default: namespaces where they can be had)").choices([
        "namespaces",
        "preload",
      ]),
    )
    .addOption(outputOption())
    .option("--verbose", "log what the parts do, on stderr")
    .addHelpText(
      "after",
      "\nImages run unconfined as the user who starts it. Everything listens on 127.0.0.1.\n\nExample:\n  serin sandbox --data-dir /tmp/world &\n  KUBECONFIG=/tmp/world/kubeconfig kubectl get namespaces",
    )
    .action(async (options: SandboxCommandOptions) => {
      const { bootSandbox } = await import("../sandbox/boot.ts")
      const sandbox = await bootSandbox({
        ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
        ...(options.way === undefined ? {} : { way: options.way }),
        log: options.verbose
          ? (message, fields) =>
              process.stderr.write(`${new Date().toISOString()} ${message} ${JSON.stringify(fields ?? {})}\n`)
          : () => undefined,
      })
      onStopSignal(() => sandbox.close())
      if (options.output !== "table") {
        const { dataDir, kubeconfig, endpoints, webLink, way, whyNot, readyMs } = sandbox
        return print(render(options.output, [], [], { dataDir, kubeconfig, webLink, way, whyNot, readyMs, endpoints }))
      }
      print(
        `pods run ${sandbox.way === "namespaces" ? "in namespaces of their own" : `as plain processes, Node programs only (${sandbox.whyNot ?? "as asked"})`}`,
      )
      print(`data     ${sandbox.dataDir}`)
      print(`kubectl  export KUBECONFIG=${sandbox.kubeconfig}`)
      print(`web      ${sandbox.webLink}   (after \`serin install\`)`)
      print(`ready in ${sandbox.readyMs} ms`)
    })
}
