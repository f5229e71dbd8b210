import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface InitialScript {
  readonly file: string
  readonly gzipBytes: number
}

const inPage = /<(?:script|link)\b[^>]*\b(?:src|href)="\/assets\/([^"]+\.js)"/g
const staticImport = /(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g

/**
 * All JavaScript that a browser loads to show the first screen, largest first: what the page names, the screen's
 * own chunk, and whatever these import statically. Compressed by gzip at its usual level.
 */
export async function measureInitialJavaScript(webApp: string, screen: string): Promise<InitialScript[]> {
  const page = await readFile(join(webApp, 'index.html'), 'utf8')
  const assets = join(webApp, 'assets')
  const screens = (await readdir(assets)).filter(
    (file) => file.startsWith(`${screen}-`) && file.endsWith('.js'),
  )
  const named = [...page.matchAll(inPage)].map(([, file = '']) => file)
  if (!screens.length || !named.length)
    throw new Error(`${webApp} holds no web app with a ${screen}: build it`)
  const files = new Set([...named, ...screens])
  const scripts: InitialScript[] = []
  // Grows while it is walked: each file brings its imports.
  for (const file of files) {
    const source = await readFile(join(assets, file))
    scripts.push({ file: basename(file), gzipBytes: gzipSync(source).length })
    for (const [, imported = ''] of source.toString().matchAll(staticImport)) files.add(imported)
  }
  return scripts.sort((a, b) => b.gzipBytes - a.gzipBytes)
}
