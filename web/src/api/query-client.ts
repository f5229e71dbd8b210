import { hashKey, MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { sessionKey } from './keys.ts'
import { Problem } from './problem.ts'

/** `onSignedOut` runs when any request finds that the session is over. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (cause, query) => {
        // Asking who is signed in is the one question to which "nobody" is a good answer.
        const asksWhoIsIn = query.queryHash === hashKey(sessionKey) && query.state.data === undefined
        if (isSignedOut(cause) && !asksWhoIsIn) onSignedOut()
      },
    }),
    mutationCache: new MutationCache({
      onError: (cause) => {
        if (isSignedOut(cause)) onSignedOut()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, cause) => count < 2 && isWorthRetrying(cause),
        retryDelay: (count) => 400 * 2 ** count,
      },
      // An offline click fails at once and says so, instead of waiting unseen for the network.
      mutations: { networkMode: 'always', retry: false },
    },
  })
}

const isSignedOut = (cause: Error): boolean =>
  cause instanceof Problem && cause.status === 401 && cause.code !== 'wrong_credentials'

/** What the server has decided stays decided; only a missing network or a stumbling server is asked again. */
function isWorthRetrying(cause: Error): boolean {
  return !(cause instanceof Problem) || cause.status === 0 || cause.status === 502 || cause.status === 504
}
