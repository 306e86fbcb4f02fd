import { suite } from "../case.ts"
import { at, isObject, list, text, type Json, type JsonObject } from "../../harness/json.ts"

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

/** Groups that this suite itself and others bring along, and the hashes that only Go's own types give. */
const builtInOnly = (body: Json): Json =>
  list(body, "items").filter((item) => !text(item, "metadata", "name").endsWith("example.com"))

const withoutHashes = (body: Json): Json =>
  isObject(body)
    ? {
        ...body,
        resources: list(body, "resources").map((item) => {
          const { storageVersionHash: _, ...rest } = item as JsonObject
          return rest
        }),
      }
    : body

export const discovery = suite("discovery", {
  version: async (s) => {
    await s.get("/version", {
      // How and when it was built is nobody's concern.
      show: (body) => ["major", "minor", "gitVersion"].map((key) => text(body, key)),
    })
  },
  health: async (s) => {
    for (const path of ["/healthz", "/livez", "/readyz"]) await s.get(path)
    await s.get("/readyz/ping")
    await s.get("/healthz/none", { show: (body) => typeof body })
  },
  "core-versions": async (s) => {
    await s.get("/api", { show: (body) => (isObject(body) ? { ...body, serverAddressByClientCIDRs: null } : body) })
  },
  groups: async (s) => {
    await s.get("/apis", {
      show: (body) => list(body, "groups").filter((item) => !text(item, "name").endsWith("example.com")),
    })
    await s.get("/apis/apps")
    await s.get("/apis/none.example.com")
  },
  "core-resources": async (s) => {
    await s.get("/api/v1", { show: withoutHashes })
  },
  "group-resources": async (s) => {
    for (const path of [
      "apps/v1",
      "batch/v1",
      "autoscaling/v2",
      "autoscaling/v1",
      "discovery.k8s.io/v1",
      "rbac.authorization.k8s.io/v1",
      "apiextensions.k8s.io/v1",
      "authorization.k8s.io/v1",
    ]) {
      await s.get(`/apis/${path}`, { show: withoutHashes })
    }
  },
  "aggregated-core": async (s) => {
    await s.get("/api", { accept: aggregated })
  },
  "aggregated-groups": async (s) => {
    await s.get("/apis", { accept: aggregated, show: builtInOnly })
  },
  "aggregated-as-kubectl-asks": async (s) => {
    const accept = `${aggregated},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`
    await s.get("/api", { accept, show: (body) => text(body, "kind") })
  },
  "openapi-index": async (s) => {
    await s.get("/openapi/v3", {
      show: (body) =>
        Object.keys((at(body, "paths") ?? {}) as JsonObject)
          .filter((path) => !path.includes("example.com"))
          .sort(),
    })
    await s.get("/openapi/v3", {
      show: (body) =>
        /^\/openapi\/v3\/apis\/apps\/v1\?hash=\w+$/.test(text(body, "paths", "apis/apps/v1", "serverRelativeURL")),
    })
  },
  "openapi-document": async (s) => {
    await s.get("/openapi/v3/apis/apps/v1", {
      show: (body) => ({
        info: at(body, "info") ?? null,
        deployment: at(body, "components", "schemas", "io.k8s.api.apps.v1.DeploymentSpec") ?? null,
        paths: Object.keys((at(body, "paths") ?? {}) as JsonObject).length,
      }),
    })
    await s.get("/openapi/v3/apis/none/v1")
  },
  "root-paths": async (s) => {
    const wanted = new Set([
      "/api",
      "/api/v1",
      "/apis",
      "/apis/apps",
      "/apis/apps/v1",
      "/openapi/v3",
      "/version",
      "/readyz",
      "/healthz",
      "/livez",
    ])
    await s.get("/", { show: (body) => list(body, "paths").filter((path) => wanted.has(text(path))) })
  },
})
