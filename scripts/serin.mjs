#!/usr/bin/env node
// What `serin` is: the check of Node's version, in words that every Node understands, then the program. An old Node would
// otherwise stop at a module that it does not have, before a line of ours runs.
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
// By URL: it is there once this file is in dist/.
await import(new URL("./cli.js", import.meta.url).href)
