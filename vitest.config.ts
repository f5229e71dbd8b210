import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Small files that take long. Without the times of an earlier run Vitest would start them last, as small ones. */
const longInSpiteOfTheirSize = [
  'server/test/chaos/killed-worker.test.ts',
  'server/test/security/matrix.test.ts',
  'server/src/cli/generate/demo-again.test.ts',
  'server/test/bluesky-network/network-orphans.test.ts',
  'server/test/chaos/secret-rotation.test.ts',
]

class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) =>
      longInSpiteOfTheirSize.some((name) => moduleId.endsWith(name))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['{server,bench,scripts,web}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['server/test/engines-for-tests.ts'],
    sequence: { sequencer: LongFilesFirst },
    // chDB and signal handling need processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
