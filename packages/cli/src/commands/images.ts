import type { ImageTags } from "@serin/agent/api"
import type { Command } from "commander"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { render, type Column } from "../output.ts"

type Tag = ImageTags["tags"][number]

/** What a registry tells only when it is asked for each tag is not always known, and then takes no column. */
const columns: readonly (Column<Tag> & { readonly known: (row: Tag) => boolean })[] = [
  { heading: "TAG", cell: (row) => row.tag, known: () => true },
  { heading: "DIGEST", cell: (row) => row.digest?.slice(0, 19) ?? "-", known: (row) => row.digest !== undefined },
  { heading: "CREATED", cell: (row) => row.created ?? "-", known: (row) => row.created !== undefined },
]

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
          columns.filter(({ known }) => rows.some(known)),
          { ...found, tags: rows },
          found.tags.length === 0
            ? `${image} has no tags yet.`
            : `None of the ${found.tags.length} tags of ${image} matches ${options.filter ?? "*"}.`,
        ),
      )
    })
}
