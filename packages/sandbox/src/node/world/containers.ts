import { PassThrough, type Readable, type Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { Log } from "../../log.ts"
import { NodeError, type ContainerId, type ContainerSpec, type ExecSpec, type Exit } from "../node.ts"
import { writeSlowly } from "../wire/frames.ts"
import { sinkOf } from "../wire/sink.ts"
import { LogFile } from "./log-file.ts"
import type { Program } from "./program.ts"
import type { Pod, PodRuntime } from "./runtime.ts"

/** A container whose program has been started and not yet ended. */
export interface Running {
  readonly pod: Pod
  readonly spec: ContainerSpec
  readonly program: Program
  /** After its log is written. */
  readonly exit: Promise<Exit>
}

/** The running containers of all pods, and their logs. */
export class Containers {
  private readonly running = new Map<string, Running>()

  constructor(
    private readonly runtime: PodRuntime,
    private readonly log: Log,
  ) {}

  async start(pod: Pod, spec: ContainerSpec): Promise<Running> {
    const log = await LogFile.open(spec.log)
    let program: Program
    try {
      program = await this.runtime.start(pod, spec)
    } catch (error) {
      await log.close()
      await this.runtime.discard(pod, spec)
      throw error
    }
    const running = { pod, spec, program, exit: this.follow(pod, spec, program, log) }
    this.running.set(keyOf({ podUid: pod.spec.uid, container: spec.name }), running)
    return running
  }

  exec(spec: ExecSpec): Promise<Program> {
    const { pod, spec: container, program } = this.get(spec)
    return this.runtime.exec(pod, container, program, spec)
  }

  /** What the container writes from now on, and its stdin. Ending the session leaves the container as it is. */
  attach(id: ContainerId): Program {
    const { spec, program, exit } = this.get(id)
    const [stdout, stderr] = [listenTo(program.stdout), listenTo(program.stderr)]
    const stdin = program.stdin === undefined || spec.stdinOnce ? program.stdin : keptOpen(program.stdin)
    return { ...program, stdin, stdout: stdout.stream, stderr: stderr.stream, kill: stop, exit: exit.finally(stop) }

    function stop(): void {
      stdout.stop()
      stderr.stop()
    }
  }

  /** Of one pod. */
  of(podUid: string): readonly Running[] {
    return [...this.running.values()].filter(({ pod }) => pod.spec.uid === podUid)
  }

  private get(id: ContainerId): Running {
    const running = this.running.get(keyOf(id))
    if (running === undefined) throw new NodeError("CONTAINER_NOT_RUNNING", `container ${id.container} is not running`)
    return running
  }

  private async follow(pod: Pod, spec: ContainerSpec, program: Program, log: LogFile): Promise<Exit> {
    const written = await Promise.allSettled([
      pipeline(program.stdout, log.sink("stdout")),
      pipeline(program.stderr, log.sink("stderr")),
    ])
    const exit = await program.exit
    for (const outcome of written) {
      if (outcome.status === "fulfilled" || isCutOff(outcome.reason)) continue
      this.log("the log of a container could not be written", { path: spec.log.path, error: String(outcome.reason) })
    }
    this.running.delete(keyOf({ podUid: pod.spec.uid, container: spec.name }))
    await log.close()
    await this.runtime.discard(pod, spec)
    return exit
  }
}

const keyOf = ({ podUid, container }: ContainerId): string => `${podUid}/${container}`

/** A program that outlives its children's hold of its pipes, or is killed, leaves a stream without an end. */
const isCutOff = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === "ERR_STREAM_PREMATURE_CLOSE"

/** Writes to a stdin that stays open for the next who attaches. */
const keptOpen = (stdin: Writable): Writable => sinkOf({ write: (chunk) => writeSlowly(stdin, chunk) })

/** A second reader of a stream that the log reads already; what it is too slow for waits in memory. */
function listenTo(source: Readable): { stream: Readable; stop(): void } {
  const stream = new PassThrough()
  const onData = (chunk: Buffer): void => void stream.write(chunk)
  source.on("data", onData)
  return {
    stream,
    stop: () => {
      source.off("data", onData)
      stream.end()
    },
  }
}
