import { findInstallation, removeInstallation, systemClock } from "@serin/agent"
import { Command } from "commander"
import { print } from "../command.ts"
import { clusterOf } from "../connect.ts"
import { outputOption, render, type Format } from "../output.ts"

interface UninstallOptions {
  readonly kubeconfig?: string
  readonly crds?: boolean
  readonly apply?: boolean
  readonly output: Format
}

export function uninstallCommand(): Command {
  return new Command("uninstall")
    .description(
      "print (or with --apply do) what removes Serin from a cluster; what it has delivered stays and runs on",
    )
    .option("--kubeconfig <file>", "cluster and user (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--crds", "its definitions too, and with them every Repository, Canary and Delivery of the cluster")
    .option("--apply", "remove it; without it, what would be removed is printed")
    .addOption(outputOption())
    .addHelpText("after", "\nExample:\n  serin uninstall --apply")
    .action(async (options: UninstallOptions) => {
      const cluster = await clusterOf(options)
      try {
        const found = await findInstallation(cluster, { crds: options.crds === true })
        if (options.apply) await removeInstallation(cluster, found, systemClock)
        print(
          render(
            options.output,
            found,
            [
              { heading: options.apply ? "REMOVED" : "WOULD REMOVE", cell: (row) => row.kind },
              { heading: "NAMESPACE", cell: (row) => row.namespace ?? "-" },
              { heading: "NAME", cell: (row) => row.name },
            ],
            found,
            "Nothing in this cluster was made by `serin install`. What Helm made is removed by `helm uninstall serin -n serin-system`.",
          ),
        )
      } finally {
        await cluster.close()
      }
    })
}
