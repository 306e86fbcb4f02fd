import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { KubeObject, ResourceRef } from "../client.ts"
import type { CustomResourceColumnDefinition } from "../types.gen.ts"
import { autoscalerCells } from "./autoscalers.ts"
import { name, type Cell, type CellMaker } from "./cells.ts"
import { clusterCells } from "./cluster.ts"
import { customCells } from "./custom.ts"
import { networkCells } from "./networks.ts"
import { podCells, podRowConditions } from "./pods.ts"
import { storageCells } from "./storage.ts"
import { workloadCells } from "./workloads.ts"

/** metav1.TableColumnDefinition. Columns of a priority above 0 are for `-o wide`. */
export interface Column {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
}

export interface Row {
  readonly cells: readonly Cell[]
  readonly conditions?: readonly object[]
  readonly object?: object | null
}

/** metav1.Table; the caller adds the list's resourceVersion and continue to `metadata`. */
export interface Table {
  readonly kind: "Table"
  readonly apiVersion: "meta.k8s.io/v1"
  readonly metadata: Readonly<Record<string, unknown>>
  readonly columnDefinitions: readonly Column[]
  readonly rows: readonly Row[]
}

export interface TableOptions {
  readonly includeObject: "None" | "Metadata" | "Object"
  readonly now: Date
  /** `additionalPrinterColumns` of a custom resource's version; [] if it has none. */
  readonly crdColumns?: readonly CustomResourceColumnDefinition[]
}

const cellMakers: Readonly<Record<string, CellMaker>> = {
  "/pods": (object, now) => podCells(object, now),
  ...workloadCells,
  ...networkCells,
  ...clusterCells,
  ...storageCells,
  ...autoscalerCells,
}

/** Objects as `kubectl get` shows them, with the columns of the real server (recorded in `table-columns.json.gz`). */
export class Tables {
  readonly #dataDir: string
  #recorded: RecordedColumns | undefined

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  tableFor(ref: ResourceRef, objects: readonly KubeObject[], options: TableOptions): Table {
    const { includeObject, now, crdColumns } = options
    const { columns, cells } = crdColumns === undefined ? this.#builtIn(ref) : this.#custom(crdColumns)
    const isPods = ref.group === "" && ref.resource === "pods"
    const rows = objects.map((object): Row => {
      const conditions = isPods ? podRowConditions(object) : undefined
      return {
        cells: cells(object, now),
        ...(conditions === undefined ? {} : { conditions }),
        object: included(object, includeObject),
      }
    })
    return { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {}, columnDefinitions: columns, rows }
  }

  /** Kinds without columns of their own show when they were made. */
  #builtIn({ group, version, resource }: ResourceRef): TableShape {
    const cells = cellMakers[`${group}/${resource}`]
    const columns = this.#columns(group === "" ? `${version}/${resource}` : `${group}/${version}/${resource}`)
    if (cells !== undefined && columns !== undefined) return { columns, cells }
    return {
      columns: this.#columns(PLAIN) ?? [],
      cells: (object) => [name(object), object.metadata.creationTimestamp ?? null],
    }
  }

  #custom(own: readonly CustomResourceColumnDefinition[]): TableShape {
    const [nameColumn, created] = this.#columns(PLAIN) ?? []
    const age = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }
    const definitions = own.length > 0 ? own : [{ ...age, description: created?.description ?? "" }]
    const columns = definitions.map(({ name, type, format = "", description = "", jsonPath, priority = 0 }) => ({
      name,
      type,
      format,
      description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      priority,
    }))
    return {
      columns: nameColumn === undefined ? columns : [nameColumn, ...columns],
      cells: (object, now) => customCells(object, definitions, now),
    }
  }

  #columns(resource: string): readonly Column[] | undefined {
    const { resources, columns } = this.#load()
    const index = resources[resource]
    return index === undefined ? undefined : columns[index]
  }

  #load(): RecordedColumns {
    this.#recorded ??= JSON.parse(
      gunzipSync(readFileSync(join(this.#dataDir, "table-columns.json.gz"))).toString("utf8"),
    ) as RecordedColumns
    return this.#recorded
  }
}

interface RecordedColumns {
  /** `apps/v1/deployments`: the index of its set of columns. */
  readonly resources: Readonly<Record<string, number>>
  readonly columns: readonly (readonly Column[])[]
}

interface TableShape {
  readonly columns: readonly Column[]
  readonly cells: CellMaker
}

/** A resource of which the real server shows nothing but the name and `Created At`. */
const PLAIN = "v1/limitranges"

function included(object: KubeObject, include: TableOptions["includeObject"]): object | null {
  if (include === "None") return null
  if (include === "Object") return object
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata }
}
