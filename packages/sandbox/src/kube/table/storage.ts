import type { KubeObject } from "../client.ts"
import { valueAt } from "../json.ts"
import { age, flag, list, name, text, type CellMaker } from "./cells.ts"

const modeNames: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
]

function accessModes(object: KubeObject, path: string): string {
  const modes = list(object, path)
  return modeNames
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",")
}

const phase = (object: KubeObject): string =>
  object.metadata.deletionTimestamp === undefined ? text(object, "status.phase") : "Terminating"

const storageClassOf = (object: KubeObject): string =>
  object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? text(object, "spec.storageClassName")

const persistentVolume: CellMaker = (object, now) => [
  name(object),
  text(object, "spec.capacity.storage", "0"),
  accessModes(object, "spec.accessModes"),
  text(object, "spec.persistentVolumeReclaimPolicy"),
  phase(object),
  valueAt(object, "spec", "claimRef") === undefined
    ? ""
    : `${text(object, "spec.claimRef.namespace")}/${text(object, "spec.claimRef.name")}`,
  storageClassOf(object),
  text(object, "spec.volumeAttributesClassName", "<unset>"),
  text(object, "status.reason"),
  age(object, now),
  text(object, "spec.volumeMode", "<unset>"),
]

const persistentVolumeClaim: CellMaker = (object, now) => {
  const bound = text(object, "spec.volumeName") !== ""
  return [
    name(object),
    phase(object),
    text(object, "spec.volumeName"),
    bound ? text(object, "status.capacity.storage", "0") : "",
    bound ? accessModes(object, "status.accessModes") : "",
    storageClassOf(object),
    text(object, "spec.volumeAttributesClassName", "<unset>"),
    age(object, now),
    text(object, "spec.volumeMode", "<unset>"),
  ]
}

const storageClass: CellMaker = (object, now) => {
  const annotations = object.metadata.annotations ?? {}
  const isDefault =
    annotations["storageclass.kubernetes.io/is-default-class"] === "true" ||
    annotations["storageclass.beta.kubernetes.io/is-default-class"] === "true"
  return [
    name(object) + (isDefault ? " (default)" : ""),
    text(object, "provisioner"),
    text(object, "reclaimPolicy", "Delete"),
    text(object, "volumeBindingMode", "Immediate"),
    flag(object, "allowVolumeExpansion"),
    age(object, now),
  ]
}

const csiDriver: CellMaker = (object, now) => [
  name(object),
  flag(object, "spec.attachRequired", true),
  flag(object, "spec.podInfoOnMount"),
  flag(object, "spec.storageCapacity"),
  valueAt(object, "spec", "tokenRequests") === undefined
    ? "<unset>"
    : list(object, "spec.tokenRequests")
        .map((one) => text(one, "audience"))
        .join(","),
  flag(object, "spec.requiresRepublish"),
  list(object, "spec.volumeLifecycleModes").map(String).join(",") || "<none>",
  age(object, now),
]

const volumeAttachment: CellMaker = (object, now) => [
  name(object),
  text(object, "spec.attacher"),
  text(object, "spec.source.persistentVolumeName"),
  text(object, "spec.nodeName"),
  flag(object, "status.attached"),
  age(object, now),
]

export const storageCells: Readonly<Record<string, CellMaker>> = {
  "/persistentvolumes": persistentVolume,
  "/persistentvolumeclaims": persistentVolumeClaim,
  "storage.k8s.io/storageclasses": storageClass,
  "storage.k8s.io/csidrivers": csiDriver,
  "storage.k8s.io/csinodes": (object, now) => [name(object), list(object, "spec.drivers").length, age(object, now)],
  "storage.k8s.io/volumeattachments": volumeAttachment,
  "storage.k8s.io/volumeattributesclasses": (object, now) => [
    name(object),
    text(object, "driverName"),
    age(object, now),
  ],
}
