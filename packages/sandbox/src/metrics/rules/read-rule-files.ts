import { readdir, readFile } from "node:fs/promises"
import { basename, dirname, resolve } from "node:path"
import { parseRuleFile, type RuleDefaults } from "./rule-file.ts"
import type { RuleGroup } from "./rule.ts"

/**
 * The groups of all files that the patterns of `rule_files` name; `*` stands in the last part of a path only. A file that is
 * not there has no rules, as in Prometheus. Rejects with all mistakes of a file.
 */
export async function readRuleFiles(
  patterns: readonly string[],
  baseDir: string,
  defaults: RuleDefaults,
): Promise<RuleGroup[]> {
  const files = (await Promise.all(patterns.map((pattern) => matching(resolve(baseDir, pattern))))).flat()
  const groups: RuleGroup[] = []
  for (const file of new Set(files)) groups.push(...parseRuleFile(file, await readFile(file, "utf8"), defaults))
  return groups
}

async function matching(pattern: string): Promise<string[]> {
  const folder = dirname(pattern)
  const wanted = globbed(basename(pattern))
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => wanted.test(name))
      .sort()
      .map((name) => resolve(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

const globbed = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[\\^$.+(){}|[\]]/g, "\\$&")
      .replace(/\*/g, "[^/]*")
      .replace(/\?/g, "[^/]")}$`,
  )
