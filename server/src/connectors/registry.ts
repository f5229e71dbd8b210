/** The only list of connectors: a platform is added with its folder and one line here. */
import { bluesky } from './bluesky/index.ts'
import type { Connector, Platform } from './connector.ts'
import { describeNetwork } from './described-network.ts'

const connectors: readonly Connector[] = [bluesky]

/** The connector of a platform; undefined where it has none yet. */
function findConnector(platform: Platform): Connector | undefined {
  return connectors.find((connector) => connector.platform === platform)
}

/** The connector of a platform, or one that shows its posts and refuses every call. Throws for one unheard of. */
export function getConnector(platform: Platform): Connector {
  const connector = findConnector(platform) ?? describeNetwork(platform)
  if (!connector) throw new Error(`there is no connector for ${platform}`)
  return connector
}
