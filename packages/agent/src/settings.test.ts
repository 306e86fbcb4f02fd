import { expect, it } from "vitest"
import { readSettings } from "./settings.ts"

const map = (data: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "serin" },
  data,
})

function read(data: Record<string, string>) {
  const ignored: unknown[] = []
  const settings = readSettings(map(data), (_message, fields) => ignored.push(fields?.["name"]))
  return { settings, ignored }
}

it("are what the installation wrote", () => {
  const mirrors = { "docker.io": { endpoint: ["http://127.0.0.1:5000"], rewrite: { "^library/(.*)": "$1" } } }
  expect(
    read({
      cluster: "east",
      prometheusUrl: "http://prometheus:9090/",
      publicUrl: "https://serin.example.org",
      "registry-mirrors": JSON.stringify(mirrors),
      outboundAllow: "hooks.example.com *.ci.example.com:8443",
    }),
  ).toEqual({
    settings: {
      cluster: "east",
      prometheusUrl: "http://prometheus:9090",
      publicUrl: "https://serin.example.org",
      registryMirrors: mirrors,
      outboundAllow: "hooks.example.com *.ci.example.com:8443",
    },
    ignored: [],
  })
})

it("have defaults, also where there is no ConfigMap yet", () => {
  expect(readSettings(undefined, () => {})).toEqual({ cluster: "default", registryMirrors: {}, outboundAllow: "" })
})

it("are left out where they cannot be read, and that is said", () => {
  expect(
    read({ prometheusUrl: "prometheus", "registry-mirrors": "{", outboundAllow: "https://a.example.com" }),
  ).toEqual({
    settings: { cluster: "default", registryMirrors: {}, outboundAllow: "https://a.example.com" },
    ignored: ["prometheusUrl", "registry-mirrors", "outboundAllow"],
  })
})
