import { deepStrictEqual, match, strictEqual } from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseAllDocuments } from "yaml"
import {
  agentManifests,
  installManifests,
  type InstallOptions,
  type Manifest,
} from "../../../packages/agent/src/install/index.ts"
import type { InstallCase } from "./case.ts"
import { namespaced, platformWide, valuesOf } from "./options.ts"
import { ask } from "./program.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** What Helm makes of the chart and kustomize of the base, against what `serin install` makes. */
export function chartCases({
  helm,
  kubectl,
}: {
  readonly helm: string
  readonly kubectl: readonly string[]
}): InstallCase[] {
  const template = (values: unknown, namespace = "serin-system") =>
    withFile(JSON.stringify(values), (file) =>
      ask(helm, ["template", "serin", join(root, "charts/serin"), "-n", namespace, "--include-crds", "-f", file]),
    )
  const equal = async (values: unknown, manifests: readonly Manifest[]) => {
    const rendered = await template(values)
    strictEqual(rendered.code, 0, rendered.stderr)
    deepStrictEqual(sorted(objectsIn(rendered.stdout)), sorted(manifests.filter(({ kind }) => !apart.has(kind))))
  }
  const full = (options: InstallOptions) => () => equal(valuesOf(options), installManifests(options))
  return [
    { name: "chart/every value set gives the objects of serin install", run: full(namespaced) },
    { name: "chart/platform-wide gives the objects of serin install", run: full(platformWide) },
    {
      name: "chart/without values gives the agent of serin install",
      run: () =>
        equal({}, agentManifests({ cluster: "default", agent: platformWide.agent ?? { image: "", replicas: 0 } })),
    },
    {
      name: "chart/a repository without rights is refused",
      run: async () => {
        const { code, stderr } = await template({ repository: { url: "https://git.example.com/a/b.git" } })
        strictEqual(code, 1)
        match(stderr, /nothing says what the repository may apply/)
      },
    },
    {
      name: "chart/another namespace is refused",
      run: async () => match((await template({}, "elsewhere")).stderr, /settings in namespace serin-system/),
    },
    {
      name: "chart/helm finds no fault with it",
      run: async () => {
        const { code, stdout } = await ask(helm, ["lint", "--strict", "-n", "serin-system", join(root, "charts/serin")])
        strictEqual(code, 0, stdout)
      },
    },
    {
      name: "kustomize/the base gives the agent of serin install",
      run: async () => {
        const [program = "", ...before] = kubectl
        const { code, stdout, stderr } = await ask(program, [
          ...before,
          "kustomize",
          join(root, "deploy/kustomize/base"),
        ])
        strictEqual(code, 0, stderr)
        const agent = agentManifests({ cluster: "default", agent: platformWide.agent ?? { image: "", replicas: 0 } })
        deepStrictEqual(sorted(objectsIn(stdout)), sorted(agent))
      },
    },
  ]
}

/** The chart makes no Secrets and no namespaces: Helm would remove them, and the workloads in them, with itself. */
const apart = new Set(["Secret", "Namespace"])

/** Helm leaves empty documents where a condition did not hold. */
const objectsIn = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)

/** As the API gets them: plain JSON, in an order that does not depend on who made the list. */
function sorted(manifests: readonly Manifest[]): unknown {
  const key = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`
  const plain = JSON.parse(JSON.stringify(manifests)) as Manifest[]
  return plain.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

async function withFile<T>(content: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "serin-chart-"))
  try {
    const file = join(folder, "values.json")
    writeFileSync(file, content)
    return await use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
