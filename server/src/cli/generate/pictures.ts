import sharp from 'sharp'
import type { Storage } from '../../infra/storage/storage.ts'
import { pictureKey, picturesPerWorkspace } from './desk.ts'
import type { Plan } from './plan.ts'
import type { Random } from './random.ts'

/** The files behind the workspace's media: soft fields of colour. */
export async function keepPictures(storage: Storage, plan: Plan): Promise<void> {
  for (let number = 1; number <= picturesPerWorkspace; number++) {
    const bytes = await draw(plan.random.fork(`picture ${number}`))
    await storage.put(pictureKey(plan, number), bytes)
  }
}

function draw(random: Random): Promise<Buffer> {
  const hue = random.whole(0, 359)
  const circles = Array.from({ length: 4 }, (_, index) => {
    const colour = `hsl(${(hue + 24 * index) % 360} 55% ${40 + 9 * index}%)`
    return `<circle cx="${random.whole(0, 1200)}" cy="${random.whole(0, 800)}" r="${random.whole(160, 420)}" fill="${colour}" opacity=".75"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800"><rect width="1200" height="800" fill="hsl(${hue} 40% 22%)"/>${circles.join('')}</svg>`
  return sharp(Buffer.from(svg)).png({ palette: true }).toBuffer()
}
