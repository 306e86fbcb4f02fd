import type { KubeObject } from "../client.ts"
import { stringAt } from "../json.ts"
import { type SelectableFields, textAt } from "../selectors/index.ts"
import { type KindRules, PLAIN } from "./rules.ts"

const OBJECT_FIELDS = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]

function selectableBy(object: string, reporter: string, more: SelectableFields["fields"]): SelectableFields {
  const ofObject = OBJECT_FIELDS.map((field) => [`${object}.${field}`, textAt(`${object}.${field}`)] as const)
  return {
    fields: {
      ...Object.fromEntries(ofObject),
      reason: textAt("reason"),
      type: textAt("type"),
      [reporter]: textAt(reporter),
      ...more,
    },
    unknown: (field) => `field label not supported: ${field}`,
  }
}

/** Who reported it, by the old or the new field. */
const source = (event: KubeObject): string =>
  stringAt(event, "source", "component") ?? textAt("reportingComponent")(event)

export const EVENT: KindRules = {
  ...PLAIN,
  createOnUpdate: true,
  selectable: selectableBy("involvedObject", "reportingComponent", { source }),
}

export const EVENTS_EVENT: KindRules = {
  ...EVENT,
  selectable: selectableBy("regarding", "reportingController", {}),
}
