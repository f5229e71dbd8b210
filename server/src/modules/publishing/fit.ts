import type { Connector, FitFault, RenderedPost } from '../../connectors/connector.ts'

/** Everything that keeps a post from fitting one network, with the remedies. Empty when it fits. */
export function fitFaults(
  connector: Connector,
  rendered: RenderedPost,
  media: readonly { readonly altText: string }[],
): FitFault[] {
  const { images } = connector.limits
  const faults = [...rendered.faults]
  if (!rendered.text.trim() && media.length === 0) {
    faults.push({ field: 'text', message: 'The post is empty: write something or add an image.' })
  }
  if (media.length > images.max) {
    const surplus = media.length - images.max
    const name = connector.displayName
    faults.push({ field: 'media', message: `${name} shows at most ${images.max} images: remove ${surplus}.` })
  }
  media.forEach(({ altText }, index) => {
    if (altText.length > images.altTextMax) {
      const message = `The alt text of image ${index + 1} is too long: use at most ${images.altTextMax} characters.`
      faults.push({ field: 'media', message })
    }
  })
  return faults
}
