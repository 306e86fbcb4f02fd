import type { ImageTags } from "@serin/agent/api"
import type { Command } from "commander"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { render } from "../output.ts"

export function imagesCommand(): Command {
  return agentCommand(
    "images",
    "tags of an image in its registry, newest first",
    "serin images podinfo --filter 'semver:~0.2'",
  )
    .argument("<image>", "image without tag, e.g. podinfo or ghcr.io/team/app")
    .option("--filter <policy>", "show only tags that match: semver:, regexp:, alphabetical:, newest: or a glob")
    .action(async (image: string, options: AgentOptions & { filter?: string }) => {
      const found = await (await agentOf(options)).get<ImageTags>("/api/v1/images", { image, filter: options.filter })
      const rows = found.tags.filter((tag) => options.filter === undefined || tag.matches)
      print(
        render(
          options.output,
          rows,
          [
            { heading: "TAG", cell: (row) => row.tag },
            { heading: "DIGEST", cell: (row) => row.digest?.slice(0, 19) ?? "-" },
            { heading: "CREATED", cell: (row) => row.created ?? "-" },
          ],
          { ...found, tags: rows },
        ),
      )
    })
}
