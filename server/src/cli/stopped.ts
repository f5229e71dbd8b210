/** As a shell says of what Ctrl-C ended. */
const stoppedCode = 130

/**
 * Does work that whoever stops this process cuts off: the process then ends with 130, unless the work came to its end all
 * the same.
 */
export async function endAsStopped(
  stopping: AbortSignal,
  work: () => Promise<'done' | 'stopped'>,
): Promise<void> {
  let end: 'done' | 'stopped' = 'stopped'
  const onStop = () =>
    process.once('exit', () => {
      if (end === 'stopped') process.exitCode = stoppedCode
    })
  stopping.addEventListener('abort', onStop, { once: true })
  try {
    end = await work()
  } finally {
    stopping.removeEventListener('abort', onStop)
  }
}
