/**
 * Preloaded into the test network's process: every TCP server listens on 127.0.0.1, whatever it asks for.
 * The servers of `@atproto/dev-env` bind all interfaces and have no setting for it.
 */
import { Server } from 'node:net'

const listen = Server.prototype.listen

Server.prototype.listen = function listenOnLoopback(...args) {
  const [first, ...rest] = args
  if (typeof first === 'object' && first !== null && ('port' in first || 'path' in first)) {
    return listen.call(this, 'path' in first ? first : { ...first, host: '127.0.0.1' }, ...rest)
  }
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    const afterHost = typeof rest[0] === 'string' ? rest.slice(1) : rest
    return listen.call(this, Number(first), '127.0.0.1', ...afterHost)
  }
  if (first === undefined || typeof first === 'function') {
    return listen.call(this, { port: 0, host: '127.0.0.1' }, ...args)
  }
  return listen.apply(this, args)
}
