import fc from 'fast-check'
import { expect, test } from 'vitest'
import { facetsOf } from './record.ts'
import { renderText } from './text.ts'

const anything = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc
    .array(
      fc.constantFrom(
        '@a.test',
        '#tag',
        'example.com/x',
        ' ',
        '\n',
        '👩‍👩‍👧',
        'ü',
        '.',
        '(',
        ')',
        'https://',
        '$ABC',
        '\uD800',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join('')),
)

test('whatever is typed, the segments make up the text and facets cut it at whole characters', async () => {
  await fc.assert(
    fc.asyncProperty(anything, async (typed) => {
      const { text, segments } = await renderText(typed, async (handle) => `did:example:${handle}`)
      expect(segments.map((segment) => segment.text).join('')).toBe(text)
      expect(text).toBe(typed.toWellFormed())
      const bytes = Buffer.from(text)
      const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      const shown = segments.filter(({ kind }) => kind !== 'text').map((segment) => segment.text)
      const cut = facetsOf(segments).map(({ index }) =>
        strict.decode(bytes.subarray(index.byteStart, index.byteEnd)),
      )
      expect(cut).toEqual(shown)
    }),
  )
})

test('text without anything to link is one segment, and no text is none', async () => {
  expect((await renderText('Just words. ', null)).segments).toEqual([{ kind: 'text', text: 'Just words. ' }])
  expect(await renderText('', null)).toEqual({ text: '', segments: [], count: 0, bytes: 0, faults: [] })
})

test('characters are counted as people see them, and bytes as they are sent', async () => {
  expect(await renderText('👩‍👩‍👧é🇩🇪', null)).toMatchObject({ count: 3, bytes: 18 + 2 + 8 })
})

test('a text beyond a limit says by how much', async () => {
  const [tooMany] = (await renderText('x'.repeat(312), null)).faults
  expect(tooMany).toEqual({ field: 'text', message: 'Bluesky takes 300 characters; shorten the text by 12.' })
  const [tooHeavy] = (await renderText('👨‍👩‍👧‍👦'.repeat(121), null)).faults
  expect(tooHeavy?.message).toContain('3000 bytes of text and this has 3025')
})

test('a name is asked for once however often it stands there, and one that nobody has stays plain', async () => {
  const asked: string[] = []
  const resolve = async (handle: string) => {
    asked.push(handle)
    return handle === 'ann.test' ? 'did:plc:ann' : null
  }
  const { segments } = await renderText('@ann.test @ANN.test @gone.test', resolve)
  expect(asked.sort()).toEqual(['ann.test', 'gone.test'])
  expect(segments.filter(({ kind }) => kind === 'mention')).toEqual([
    { kind: 'mention', text: '@ann.test', platformAccountId: 'did:plc:ann' },
    { kind: 'mention', text: '@ANN.test', platformAccountId: 'did:plc:ann' },
    { kind: 'mention', text: '@gone.test', platformAccountId: null },
  ])
  expect(facetsOf(segments)).toHaveLength(2)
})

/** Notes how many names were asked for, and how many at once. */
function countingResolver() {
  const seen = { asked: 0, atOnce: 0, most: 0 }
  const resolve = async () => {
    seen.asked++
    seen.most = Math.max(seen.most, ++seen.atOnce)
    await new Promise(setImmediate)
    seen.atOnce--
    return 'did:plc:one'
  }
  return { seen, resolve }
}
const names = (count: number) => Array.from({ length: count }, (_, i) => `@a${i}.de`).join(' ')

test('names are asked for a few at a time', async () => {
  const { seen, resolve } = countingResolver()
  const { faults, segments } = await renderText(names(30), resolve)
  expect(faults).toEqual([])
  expect(seen).toMatchObject({ asked: 30, most: 5 })
  expect(
    segments.flatMap((segment) => (segment.kind === 'mention' ? [segment.platformAccountId] : [])),
  ).toEqual(Array(30).fill('did:plc:one'))
})

test('of a text that does not fit no name is asked for, and one far too long is not even looked through', async () => {
  const { seen, resolve } = countingResolver()
  const slightly = await renderText(names(60), resolve)
  expect(slightly.faults).toHaveLength(1)
  expect(slightly.segments.filter(({ kind }) => kind === 'mention')).toHaveLength(60)
  const typed = names(13_000).slice(0, 100_000)
  const far = await renderText(typed, resolve)
  expect(far).toMatchObject({ text: typed, segments: [{ kind: 'text', text: typed }], bytes: 100_000 })
  expect(far.faults).toHaveLength(1)
  expect(seen.asked).toBe(0)
})

test.each([
  ['See example.com/x.', ['https://example.com/x']],
  ['See (https://example.com/a)', ['https://example.com/a']],
  ['See https://example.com/a?b=c#d, and more', ['https://example.com/a?b=c#d']],
  ['A file notes.txt or v1.2', []],
  ['No scheme we follow: ftp://example.com', []],
])('links of "%s" are %j', async (text, urls) => {
  const { segments } = await renderText(text, null)
  expect(segments.flatMap((segment) => (segment.kind === 'link' ? [segment.url] : []))).toEqual(urls)
})
