/**
 * Reads Prometheus's text format 0.0.4 as strictly as a scraper, so that a malformed line fails a test. Numbers are
 * read as Go's ParseFloat does, which ignores case.
 */
export interface ParsedMetrics {
  /** Value by name and labels as written. */
  readonly samples: ReadonlyMap<string, number>
  /** Kind by family. */
  readonly types: ReadonlyMap<string, string>
}

const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/
const sample =
  /^([a-zA-Z_:][\w:]*)((?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/i
const kinds = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

/** Throws at the first line that is none, at a sample without a family, and at a histogram that does not add up. */
export function parseMetrics(text: string): ParsedMetrics {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, keyword, family = '', words = ''] = comment.exec(line) ?? []
    if (keyword === 'TYPE') {
      if (!kinds.includes(words) || types.has(family)) throw new Error(`no type: ${line}`)
      types.set(family, words)
    }
    if (keyword) continue
    const [, name, labels = '', value] = sample.exec(line) ?? []
    if (!name) throw new Error(`no sample: ${line}`)
    if (!types.has(name) && !types.has(name.replace(/_(bucket|sum|count)$/, ''))) {
      throw new Error(`no family: ${line}`)
    }
    if (samples.has(name + labels)) throw new Error(`told twice: ${line}`)
    samples.set(name + labels, Number(value?.replace('Inf', 'Infinity')))
  }
  for (const [family, kind] of types) if (kind === 'histogram') addUp(family, samples)
  return { samples, types }
}

function addUp(family: string, samples: ReadonlyMap<string, number>): void {
  let before = 0
  for (const [key, value] of samples) {
    if (!key.startsWith(`${family}_bucket{`)) continue
    const [, bound = '', rest = ''] = /\{le="([^"]*)",?(.*)\}$/.exec(key) ?? []
    if (value < before) throw new Error(`${key} is smaller than the bucket before it`)
    const count = samples.get(`${family}_count${rest && `{${rest}}`}`)
    if (bound === '+Inf' && value !== count) throw new Error(`${key} is not the count`)
    before = bound === '+Inf' ? 0 : value
  }
}
