// The house rules of ARCHITECTURE.md: who may import whom.
const within = (name) => `^packages/${name}/src`
const forbid = (name, from, to, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: to },
})

module.exports = {
  forbidden: [
    forbid("core-imports-nothing-of-ours", within("core"), "^packages/(?!core/)", "The domain is pure."),
    {
      name: "core-has-no-io",
      comment: "No I/O, clock or randomness in the domain: they come in as arguments.",
      severity: "error",
      from: { path: within("core"), pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?buffer$" },
    },
    forbid(
      "agent-imports-core-only",
      within("agent"),
      "^packages/(?!agent/|core/)",
      "The agent cannot tell the embedded world from a real one.",
    ),
    forbid("promql-stands-alone", within("promql"), "^packages/(?!promql/)", "Publishable on its own."),
    {
      name: "promql-has-no-io",
      comment:
        "It runs wherever JavaScript does; Node's modules are for the log's folder, the script runner and tests.",
      severity: "error",
      from: {
        path: within("promql"),
        pathNot: ["\\.test\\.ts$", "/testing/", "/promqltest/", "/storage/log/node-files\\.ts$"],
      },
      to: { dependencyTypes: ["core"] },
    },
    forbid(
      "sandbox-knows-no-agent",
      within("sandbox"),
      "^packages/(?!sandbox/|promql/)",
      "The embedded world knows nothing of the agent.",
    ),
    {
      name: "web-imports-api-types-only",
      comment: "The page knows the agent by the types of its API.",
      severity: "error",
      from: { path: within("web") },
      to: { path: "^packages/(?!web/)", pathNot: "^packages/agent/src/api/types\\.ts$" },
    },
    {
      name: "no-reaching-into-packages",
      comment: "What a package exports is in its index.ts.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src" },
      to: {
        path: "^packages/([^/]+)/src/",
        pathNot: [
          "^packages/$1/",
          "^packages/[^/]+/src/index\\.ts$",
          "^packages/promql/src/node\\.ts$",
          "^packages/agent/src/api/types\\.ts$",
        ],
      },
    },
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
}
