/** What the test process asks of the process that runs the network. Each question gets one answer. */
export type Question = { readonly id: number } & (
  | { readonly method: 'processAll' }
  | { readonly method: 'revokeSessions'; readonly did: string }
)

export type FromNetwork =
  | { readonly kind: 'ready'; readonly pdsUrl: string }
  | { readonly kind: 'answer'; readonly id: number; readonly error?: string }
  | { readonly kind: 'failed'; readonly error: string }
