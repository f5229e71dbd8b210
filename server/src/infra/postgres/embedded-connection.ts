/** How to reach the embedded server, in the shape that `pg` takes. */
export interface PostgresConnection {
  /** The directory of the server's socket; there is no TCP port. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** The same as a URL, with the socket directory as `?host=`. */
export function connectionUrl({ host, port, user, password, database }: PostgresConnection): string {
  const url = new URL(`postgres://localhost:${port}/${database}`)
  url.username = user
  url.password = encodeURIComponent(password)
  url.searchParams.set('host', host)
  return url.href
}
