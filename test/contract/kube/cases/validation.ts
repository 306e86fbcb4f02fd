import { suite } from "../case.ts"
import { text } from "../../harness/json.ts"
import { configMap, deployment, pod, service, widgets, withoutController } from "./objects.ts"

const stable = { show: withoutController }

export const validation = suite("validation", {
  "unknown-field-modes": async (s) => {
    const odd = (name: string) => ({ ...configMap(name), unknown: 1, more: { deep: true } })
    for (const mode of ["Strict", "Warn", "Ignore", "Sometimes"]) {
      await s.post(`${s.core("configmaps")}?fieldValidation=${mode}`, odd(mode.toLowerCase()))
    }
    await s.post(s.core("configmaps"), odd("default"))
  },
  "unknown-fields-deep": async (s) => {
    const web = deployment("web", {
      paused: true,
      template: {
        metadata: { labels: { app: "web" }, lables: {} },
        spec: {
          containers: [{ name: "main", image: "app:1", imagePullpolicy: "Always", ports: [{ conatinerPort: 1 }] }],
        },
      },
    })
    await s.post(`${s.in("apps/v1", "deployments")}?fieldValidation=Strict`, web)
    await s.post(`${s.in("apps/v1", "deployments")}?fieldValidation=Warn`, web, stable)
  },
  "duplicate-fields": async (s) => {
    const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","k":"2"}}'
    await s.post(`${s.core("configmaps")}?fieldValidation=Strict`, twice)
    await s.post(`${s.core("configmaps")}?fieldValidation=Warn`, twice)
  },
  "unknown-fields-in-patches": async (s) => {
    await s.quiet("POST", s.core("configmaps"), configMap("a"))
    for (const kind of ["json", "merge", "strategic", "apply"] as const) {
      const body = {
        json: [{ op: "add", path: "/unknown", value: 1 }],
        merge: { unknown: 1 },
        strategic: { unknown: 1 },
        apply: { ...configMap("a"), unknown: 1 },
      }[kind]
      await s.patch(
        kind,
        `${s.core("configmaps", "a")}?fieldValidation=Strict&fieldManager=m&force=${String(kind === "apply")}`.replace(
          "&force=false",
          "",
        ),
        body,
      )
    }
  },
  "wrong-types": async (s) => {
    await s.post(s.core("configmaps"), { ...configMap("a"), data: { key: 1 } })
    await s.post(s.core("configmaps"), { ...configMap("a"), data: ["x"] })
    await s.post(s.in("apps/v1", "deployments"), deployment("web", { replicas: "three" }))
    await s.post(s.in("apps/v1", "deployments"), deployment("web", { replicas: 1.5 }))
    await s.post(s.in("apps/v1", "deployments"), deployment("web", { paused: "yes" }))
    await s.post(s.core("services"), service("web", { ports: "80" }))
  },
  "deployment-rules": async (s) => {
    const path = s.in("apps/v1", "deployments")
    await s.post(path, deployment("web", { selector: { matchLabels: { app: "other" } } }))
    await s.post(path, deployment("web", { selector: {} }))
    await s.post(path, deployment("web", { replicas: -1 }))
    await s.post(path, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } })
    await s.post(path, deployment("web", { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }))
    await s.post(path, deployment("web", { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }))
    await s.post(path, deployment("web", { strategy: { rollingUpdate: { maxSurge: "150%", maxUnavailable: "x" } } }))
    await s.post(path, deployment("web", { minReadySeconds: 600, progressDeadlineSeconds: 600 }))
  },
  "container-rules": async (s) => {
    const path = s.in("apps/v1", "deployments")
    const containers = (...list: object[]) => ({
      template: { metadata: { labels: { app: "web" } }, spec: { containers: list as never } },
    })
    await s.post(path, deployment("web", containers()))
    await s.post(path, deployment("web", containers({ name: "Main", image: "" })))
    await s.post(path, deployment("web", containers({ name: "a", image: "a:1" }, { name: "a", image: "b:1" })))
    await s.post(path, deployment("web", containers({ name: "a", image: "a:1", ports: [{ containerPort: 70000 }] })))
    await s.post(path, deployment("web", containers({ name: "a", image: "a:1", imagePullPolicy: "Maybe" })))
    await s.post(path, deployment("web", containers({ name: "a", image: "a:1", env: [{ name: "", value: "x" }] })))
    await s.post(
      path,
      deployment(
        "web",
        containers({ name: "a", image: "a:1", resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
      ),
    )
    await s.post(
      path,
      deployment("web", containers({ name: "a", image: "a:1", resources: { limits: { cpu: "lots" } } })),
    )
    await s.post(
      path,
      deployment("web", containers({ name: "a", image: "a:1", volumeMounts: [{ name: "v", mountPath: "/v" }] })),
    )
    await s.post(
      path,
      deployment(
        "web",
        containers({ name: "a", image: "a:1", readinessProbe: { httpGet: { port: 0 }, periodSeconds: -1 } }),
      ),
    )
    await s.post(path, deployment("web", containers({ name: "a", image: "a:1", livenessProbe: {} })))
  },
  "service-rules": async (s) => {
    const path = s.core("services")
    await s.post(path, service("web", { ports: [] }))
    await s.post(path, service("web", { ports: [{ port: 0 }] }))
    await s.post(path, service("web", { ports: [{ port: 80 }, { port: 81 }] }))
    await s.post(
      path,
      service("web", {
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      }),
    )
    await s.post(
      path,
      service("web", {
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      }),
    )
    await s.post(path, service("web", { type: "Magic" }))
    await s.post(path, service("web", { clusterIP: "1.2.3.4" }))
    await s.post(path, service("web", { clusterIP: "nonsense" }))
    await s.post(path, service("web", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }))
    await s.post(path, service("web", { type: "ExternalName" }))
  },
  "cluster-ip-is-taken": async (s) => {
    await s.quiet("POST", s.core("services"), service("one", { clusterIP: "10.96.200.1" }))
    await s.post(s.core("services"), service("two", { clusterIP: "10.96.200.1" }))
  },
  "configmap-rules": async (s) => {
    await s.post(s.core("configmaps"), configMap("a", { "bad key": "x", "../up": "x" }))
    await s.post(s.core("configmaps"), { ...configMap("a"), binaryData: { key: "eA==" } })
  },
  "owner-references": async (s) => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "66666666-6666-6666-6666-666666666666" }
    await s.post(s.core("configmaps"), configMap("a", {}, { ownerReferences: [{ ...owner, uid: "" }] }))
    await s.post(
      s.core("configmaps"),
      configMap(
        "a",
        {},
        {
          ownerReferences: [
            { ...owner, controller: true },
            { ...owner, uid: "7", controller: true },
          ],
        },
      ),
    )
  },
  "finalizer-names": async (s) => {
    await s.post(s.core("configmaps"), configMap("a", {}, { finalizers: ["plain"] }))
    await s.post(s.core("configmaps"), configMap("b", {}, { finalizers: ["not/valid/at all"] }))
  },
  "custom-resources": async (s) => {
    const group = "validate.example.com"
    await s.quiet("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets(group))
    const path = s.in(`${group}/v1`, "widgets")
    await s.until("widgets are served", path, (body) => text(body, "kind") === "WidgetList")
    const widget = (name: string, spec: object) => ({
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name },
      spec: spec as never,
    })
    await s.post(path, widget("good", { size: 3, parts: [{ name: "a" }] }))
    await s.post(path, widget("bad", {}))
    await s.post(path, widget("bad", { size: 0, color: "blue" }))
    await s.post(path, widget("bad", { size: "three" }))
    await s.post(path, widget("bad", { size: 11, parts: [{ name: "a" }, { name: "a" }] }))
    await s.post(path, widget("bad", { size: 1, parts: [{ count: 2 }] }))
    await s.post(`${path}?fieldValidation=Strict`, widget("bad", { size: 1, shape: "round" }))
    await s.post(
      `${path}?fieldValidation=Warn`,
      widget("warned", { size: 1, shape: "round", parts: [{ name: "a", x: 1 }] }),
    )
    await s.post(path, { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "none" } })
    await s.post(path, { apiVersion: `${group}/v2`, kind: "Widget", metadata: { name: "none" } })
    await s.patch("merge", `${path}/good`, { spec: { size: 20 } })
    await s.patch("json", `${path}/good`, [{ op: "remove", path: "/spec/size" }])
    await s.patch("strategic", `${path}/good`, { spec: { size: 2 } })
  },
})

export const podValidation = suite(
  "pod-validation",
  {
    rules: async (s) => {
      await s.post(s.core("pods"), pod("p", { containers: [] }))
      await s.post(s.core("pods"), pod("p", { restartPolicy: "Sometimes" }))
      await s.post(s.core("pods"), pod("p", { serviceAccountName: "missing" }))
      await s.post(s.core("pods"), pod("p", { priorityClassName: "missing" }))
      await s.post(s.core("pods"), pod("p", { terminationGracePeriodSeconds: -1 }))
      await s.post(s.core("pods"), pod("p", { volumes: [{ name: "v" }, { name: "v", emptyDir: {} }] }))
    },
    "token-volume-is-added": async (s) => {
      await s.post(s.core("pods"), pod("p", { automountServiceAccountToken: true }))
    },
    "spec-is-almost-immutable": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p"))
      await s.patch(
        "strategic",
        s.core("pods", "p"),
        { spec: { containers: [{ name: "main", image: "app:2" }] } },
        {
          show: (body) => text(body, "spec", "containers", 0, "image"),
        },
      )
      await s.patch(
        "merge",
        s.core("pods", "p"),
        { spec: { restartPolicy: "Never" } },
        {
          show: (body) => ({ reason: text(body, "reason"), start: text(body, "message").split("\n")[0] ?? "" }),
        },
      )
    },
  },
  ["controllers"],
)
