/**
 * Something on this machine keeps the product from starting and a person can put it right. `message` says
 * what and how in plain words, and is printed alone, without a stack.
 */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
