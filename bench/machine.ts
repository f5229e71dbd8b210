import { cpus, loadavg, totalmem } from 'node:os'

/** Where figures were measured: without it they cannot be compared with others. */
export interface Machine {
  readonly cores: number
  readonly memoryBytes: number
  readonly cpuModel: string
  readonly nodeVersion: string
  readonly platform: string
  /** Of the last 1, 5 and 15 minutes, before the benchmark began: what else the machine was busy with. */
  readonly loadAverage: readonly number[]
}

export function describeMachine(): Machine {
  return {
    cores: cpus().length,
    memoryBytes: totalmem(),
    cpuModel: cpus()[0]?.model.trim() || 'unknown',
    nodeVersion: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}

export function machineLine(machine: Machine): string {
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`
  return (
    `${machine.cores} cores, ${memory}, ${machine.cpuModel}, Node ${machine.nodeVersion}, ${machine.platform}, ` +
    `load average ${machine.loadAverage.join(' ')}`
  )
}
